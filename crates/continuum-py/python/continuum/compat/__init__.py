"""Other packages' interfaces over the same maps.

Each module here has the names, arguments and answers of the package it is named
after, computed by Continuum's core: change the import and keep the code. A module
may import `continuum` and the standard library, nothing else.
"""
