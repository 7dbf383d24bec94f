"""Work that may crash its process, done in a child process."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import NoReturn

from jedlik.cli import exits

_INTERRUPTED = 130


def in_child(work: Callable[[], int], died: Callable[[int], exits.Failure]) -> int:
    """Do `work`, which returns an exit code, in a child process; returns that code.

    LMDB maps its file into memory: if the file is damaged, a read may end the process, with no
    exception to catch. If a signal ends the child, raises what `died` returns for its number.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        _work(work)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        raise died(-code)
    return code


def _work(work: Callable[[], int]) -> NoReturn:
    code = 1
    try:
        code = work()
    except exits.Failure as error:
        exits.complain(error.message)
        code = error.code
    except KeyboardInterrupt:
        code = _INTERRUPTED  # the parent was interrupted too, and says so
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
