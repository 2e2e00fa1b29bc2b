"""python3 -m belay_stack.serve MODULE FUNCTION PORT: serves a WSGI application on the loopback interface.

For Keystone and Placement, which bring no server of their own that answers more than one caller at a time.
"""

import importlib
import sys

from werkzeug.serving import WSGIRequestHandler, run_simple

module, function, port = sys.argv[1:]
sys.argv = [function]  # The application would read the arguments as its own.
WSGIRequestHandler.protocol_version = "HTTP/1.1"
application = getattr(importlib.import_module(module), function)()
run_simple("127.0.0.1", int(port), application, threaded=True)
