"""What a store on Milvus remembers of the rows that it has read."""

from index.milvus_terms import Remembered


def test_what_was_read_last_is_the_last_to_be_forgotten() -> None:
    remembered: Remembered[str, int] = Remembered(2)
    remembered.put("Altman", 1)
    remembered.put("Shear", 2)
    assert remembered.get("Altman") == 1
    remembered.put("Murati", 3)
    assert [remembered.get(name) for name in ("Altman", "Shear", "Murati")] == [1, None, 3]
    remembered.put("Altman", 4)
    remembered.put("Nadella", 5)
    assert [remembered.get(name) for name in ("Altman", "Murati", "Nadella")] == [4, None, 5]
