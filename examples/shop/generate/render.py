"""Turns scenes into JPEG files: POV-Ray traces, ImageMagick finishes (a little grain and sharpness, as a camera would)."""
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shot:
    """One picture to make: the scene's text, the artwork it prints on things, where the JPEG goes and its size."""
    name: str
    sdl: str
    arts: tuple
    target: Path
    width: int
    height: int
    finish: tuple = ("-quality", "88")


def take(shot, work, draft=False):
    """Traces one shot in the work folder; one thread each, so that radiosity comes out the same every time."""
    (work / "art").mkdir(parents=True, exist_ok=True)
    for art in shot.arts:
        if not (work / art.path).exists():
            art.save(work)
    (work / f"{shot.name}.pov").write_text(shot.sdl)
    shrink = 2 if draft else 1
    size = [f"+W{shot.width // shrink}", f"+H{shot.height // shrink}"]
    quality = ["-A"] if draft else ["+A0.12", "+AM2", "+R2", "-J"]
    _run(["povray", f"+I{shot.name}.pov", f"+O{shot.name}.png", *size, *quality, "-D", "+WT1"], work)
    shot.target.parent.mkdir(parents=True, exist_ok=True)
    _run(["convert", f"{shot.name}.png", "-strip", *shot.finish, "-sampling-factor", "4:2:0", "-interlace", "JPEG",
          str(shot.target)], work)


def _run(command, folder):
    """Runs one tool; its last lines are the error message when it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise RuntimeError(f"{' '.join(command)} failed:\n{tail}")
