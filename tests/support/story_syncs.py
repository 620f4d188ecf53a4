"""Syncs in a random story, and what goes wrong around them."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.support.plain_keyroll import RIGHT_KEY, Listed, PlainProvider, PlainRun
from tests.support.steps import Json, done, items, provider_now, sync
from tests.support.story import MODEL_IDS, PICK, SAID, Story, moment
from tests.support.story_keyroll import rebuilt
from tests.support.vendors_of_a_story import TROUBLES, as_told_by

ANY_LISTING = st.dictionaries(st.sampled_from(MODEL_IDS), SAID)
FEW = st.dictionaries(st.sampled_from(MODEL_IDS), SAID, max_size=2)
LONG_LISTING = st.dictionaries(st.sampled_from(MODEL_IDS), SAID, min_size=4)


class Syncs(Story):
    """Providers are synced with listings of every kind."""

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, listed=LONG_LISTING)
    def sync_a_long_listing(self, pick: int, listed: Listed) -> None:
        self.deeds["sync"] += 1
        self._sync(self.provider(pick), listed)

    @precondition(lambda self: self._asked())
    @rule(pick=PICK, lost=st.sampled_from(MODEL_IDS), news=FEW)
    def sync_as_vendors_change(self, pick: int, lost: str, news: Listed) -> None:
        """The roll as it is, but for a model that is gone and a few that are new or told of otherwise."""
        self.deeds["sync"] += 1
        provider = self._asked()[pick % len(self._asked())]
        listed = {model.model_id: model.said for model in provider.models.values() if model.model_id != lost}
        self._sync(provider, {**listed, **news})

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, listed=ANY_LISTING, force=st.booleans())
    def sync_any_listing(self, pick: int, listed: Listed, force: bool) -> None:
        self.deeds["force" if force else "sync"] += 1
        self._sync(self.provider(pick), listed, force=force)

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, trouble=st.sampled_from(sorted(TROUBLES)), force=st.booleans())
    def sync_a_failing_listing(self, pick: int, trouble: str, force: bool) -> None:
        self.deeds[f"sync: the vendor {trouble}"] += 1
        provider = self.provider(pick)
        code, misbehave = TROUBLES[trouble]
        misbehave(self.vendors.of(provider.provider_type))
        self._sync(provider, code, force=force)

    @precondition(lambda self: self.plain.providers)
    @rule(pick=PICK, listed=ANY_LISTING, force=st.booleans())
    def rehearse(self, pick: int, listed: Listed, force: bool) -> None:
        provider = self.provider(pick)
        heard = self._list(provider, listed)
        told = sync(self.http, self._real(provider), dry_run="true", force=str(force).lower())
        if provider.base_url is None:
            self.deeds["rehearse"] += 1
            _assert_tells(told, self.plain.rehearse(provider, heard, force=force))

    @precondition(lambda self: self._asked())
    @rule(pick=PICK, listed=LONG_LISTING, writes=st.integers(0, 3))
    def the_process_dies_in_a_sync(self, pick: int, listed: Listed, writes: int) -> None:
        provider = self._asked()[pick % len(self._asked())]
        heard = self._list(provider, listed)
        self.keyroll.another_dies_in_a_sync(
            self.organization, provider.id, provider.provider_type, self.vendors, writes
        )
        self.vendors.behave()
        self.plain.close_dead_runs(self.plain.providers)  # as each process does when it starts
        told = provider_now(self.http, self._real(provider))["last_sync"]
        self.deeds["crash"] += 1
        self.deeds[f"crash: {told['status']} after {writes} writes"] += 1
        if told["status"] == "running":
            self.plain.begin_sync(provider, heard, self._written_by(told["sync_id"]))
        else:
            self._take_over(provider, told, self.plain.sync(provider, heard))

    @precondition(lambda self: self.plain.providers)
    @rule()
    def the_database_goes_away_for_a_moment(self) -> None:
        self.deeds["cut"] += 1
        self.keyroll.cut_connections()

    @precondition(lambda self: self._asked())
    @rule(pick=PICK, listed=LONG_LISTING)
    def the_database_goes_away_in_a_sync(self, pick: int, listed: Listed) -> None:
        self.deeds["cut in a sync"] += 1
        provider = self._asked()[pick % len(self._asked())]
        heard = self._list(provider, listed)
        self.vendors.before_answering(provider.provider_type, self.keyroll.cut_connections)
        answer = self.http.post(f"/v1/llm-providers/{provider.id}/sync-models")
        self.vendors.behave()
        self.deeds[f"cut in a sync: {answer.status_code}"] += 1
        self._take_over(provider, done(answer), self.plain.sync(provider, heard))

    @precondition(lambda self: self.plain.providers)
    @rule()
    def rebuild(self) -> None:
        self.deeds["rebuild"] += 1
        self.the_log_keeps_its_promises()
        assert self.keyroll.rows_of(self.organization) == rebuilt(self.log)
        for provider in self.plain.providers:
            runs = items(self.http, f"/v1/llm-providers/{provider.id}/syncs")
            shown = [{name: run[name] for name in vars(PlainRun(""))} for run in runs]
            assert shown == [vars(run) for run in reversed(provider.runs)]

    def _sync(self, provider: PlainProvider, listed: Listed | str, *, force: bool = False) -> None:
        heard = self._list(provider, listed)
        told = sync(self.http, self._real(provider), force=str(force).lower())
        self.vendors.behave()
        if provider.base_url is not None:
            assert (told["status"], told["code"]) == ("not_supported", "no_discovery")
            return
        self._take_over(provider, told, self.plain.sync(provider, heard, force=force))

    def _written_by(self, sync_id: str) -> dict[str, str]:
        """The models that a run has events of, and when those were written."""
        self.the_log_keeps_its_promises()
        return {
            recorded.event.model_id: recorded.occurred_at.isoformat().replace("+00:00", "Z")
            for recorded in self.log
            if str(getattr(recorded.event, "sync_id", None)) == sync_id
        }

    def _take_over(self, provider: PlainProvider, told: Json, run: PlainRun) -> None:
        _assert_tells(told, run)
        if run.status == "success":
            before = provider.last_synced_at
            provider.last_synced_at = provider_now(self.http, self._real(provider))["last_synced_at"]
            assert moment(before) < moment(provider.last_synced_at)

    def _list(self, provider: PlainProvider, listed: Listed | str) -> Listed | str:
        if isinstance(listed, str):
            return listed
        heard = {name: as_told_by(provider.provider_type, said) for name, said in listed.items()}
        self.vendors.list(provider.provider_type, heard)
        return heard

    def _asked(self) -> list[PlainProvider]:
        """The providers whose vendors give them a listing."""
        return [one for one in self.plain.providers if one.base_url is None and one.key == RIGHT_KEY]

    @staticmethod
    def _real(provider: PlainProvider) -> Json:
        return {"id": provider.id}


def _assert_tells(told: Json, run: PlainRun) -> None:
    assert {name: told[name] for name in vars(run)} == vars(run)
