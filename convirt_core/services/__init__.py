"""What you can do: inventory, VMs, operations, tasks, metrics, images, provisioning.

May import `plugins`, `remote`, `store`, `platforms`, `forms`, `hookspecs`, `config` and `model`.
"""
