"""Servers over ssh: one transport each, shared by all who use the server. Built on paramiko.

May import `errors`, `model`, the protocols and values of `platforms`, and from `remote` what asks a person.
"""
