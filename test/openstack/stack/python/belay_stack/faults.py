"""What a test wants to go wrong: a file VERB.ID in the folder BELAY_STACK_FAULTS, made by the test.

`hold` lasts as long as the file is there; `fails` strikes once and takes the file away.
"""

import os
import time

FOLDER = os.environ["BELAY_STACK_FAULTS"]


def is_there(verb, identity):
    return os.path.exists(os.path.join(FOLDER, f"{verb}.{identity}"))


def hold(verb, identity):
    while is_there(verb, identity):
        time.sleep(0.1)


def fails(verb, identity):
    try:
        os.remove(os.path.join(FOLDER, f"{verb}.{identity}"))
    except FileNotFoundError:
        return False
    return True
