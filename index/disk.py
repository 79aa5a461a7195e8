"""What is written has to be on the disk, not on its way there, before the next step names it.

A file's bytes are flushed with `fsync`, and so is the folder that holds its name, since a name that was created or
replaced can be lost in a power cut too (Pillai et al. 2014, "All file systems are not created equal").
"""

import os
from pathlib import Path

PART = ".part"  # what is being written, and what nobody opens


def flush(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    if os.name == "nt":
        if path.is_dir():
            return  # Windows cannot open a folder, and renames there are durable without
        flags = os.O_RDWR  # and flushes only what may be written
    else:
        flags = os.O_RDONLY
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def replace(path: Path, text: str) -> None:
    """Write a small file whole, in one step: whoever reads it finds the old text or the new."""
    beside = path.with_name(path.name + PART)
    beside.write_text(text, encoding="utf-8")
    flush(beside)
    beside.replace(path)
    flush(path.parent)
