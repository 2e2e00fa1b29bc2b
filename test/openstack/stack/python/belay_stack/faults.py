"""What a test wants to go wrong: a file VERB.ID in the folder BELAY_STACK_FAULTS, made by the test.

`hold` lasts as long as the file is there; `fail` strikes once and takes the file away.
"""

import os
import time

FOLDER = os.environ["BELAY_STACK_FAULTS"]


def hold(verb, identity):
    while os.path.exists(os.path.join(FOLDER, f"{verb}.{identity}")):
        time.sleep(0.1)


def fails(verb, identity):
    try:
        os.remove(os.path.join(FOLDER, f"{verb}.{identity}"))
    except FileNotFoundError:
        return False
    return True
