from datetime import UTC, datetime, timedelta, timezone

from domain.instants import spelt


def test_an_instant_is_spelt_in_utc_and_with_a_z_whatever_its_offset() -> None:
    noon = datetime(2026, 11, 23, 12, 0, 0, 250_000, UTC)
    assert spelt(noon) == "2026-11-23T12:00:00.250000Z"
    assert spelt(noon.astimezone(timezone(timedelta(hours=2)))) == spelt(noon)
    assert spelt(noon.replace(microsecond=0)) == "2026-11-23T12:00:00Z"
