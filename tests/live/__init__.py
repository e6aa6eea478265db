"""The live proof: start the real programs on loopback, ask each one which server owns
each key, and compare every answer with ours. One differing key is a failure.

Run it::

    tests/live/install.sh                                # Debian packages, once
    pip install -r tests/live/requirements.txt -r tests/live/requirements-built.txt    # PyPI packages, once
    python -m pytest tests/live                          # with the package `continuum` installed

Every run draws fresh random server sets and keys and prints the seed it drew;
``CONTINUUM_LIVE_SEED=<seed>`` repeats a run. Every program gets at least 10 server sets and
20,000 keys a set. A program that is not installed is skipped with a word on how to
install it; where ``CI=true`` it fails instead.

* ``test_*.py``   one file a program: how it is started and asked
* ``test_plan.py``, ``test_compare.py``, ``test_identify.py``   plans of real files, two clients
  that disagree, answers that nobody gave
* ``test_assign.py``  many processes that change one table
* ``test_shells.py``, ``test_page.py``  completion scripts, manual pages and the page of a plan, by the
  shells, `man` and a browser
* ``test_wheel.py``  the wheel in a new environment without Rust: README's examples as printed
* ``test_peer_suites.py``, ``test_python_examples.py``  other packages' own tests with our drop-ins
  in their place, and the examples of docs/PYTHON.md (with ``--all``)
* ``ours.py``     the only place that calls our package
* ``cases.py``    what a program answered, and the comparison
* ``naming.py``  `identify` on some of what each program answered
* ``keys.py``, ``servers.py``   random keys and server sets, drawn from the seed
* ``process.py``, ``wire.py``   processes that always end; HTTP and Redis, pipelined
* ``hashkit.py``  libmemcached through ctypes

Everything stays on loopback (127.0.0.0/8, ::1, Unix sockets). Where a program says which
server it chose without reaching it, the servers are addresses that refuse connections.
"""
