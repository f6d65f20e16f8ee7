# id: L5.pip
# title: a virtual environment can be made and used without network
# limits: wall=60s disk=256MiB
python3 -c 'import ensurepip' 2>/dev/null || python3 -c 'import venv' || { echo "not installed: python3-venv"; exit 77; }
python3 -m venv --without-pip environment && environment/bin/python -c 'import sys; print("OK" if sys.prefix != sys.base_prefix else "wrong")'
