# The two doors of a fresh checkout. Each installs what is missing (system packages, .venv), then runs sessions of nox.
# PYTHON=python3.12 chooses the interpreter.
PYTHON ?= python3

.PHONY: demo test
.SILENT:

demo: ; exec $(PYTHON) tools/bootstrap.py demo
test: ; exec $(PYTHON) tools/bootstrap.py test
