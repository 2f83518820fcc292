"""The review page's server side: what the page asks for, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Mapping
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING, Any

from align.checks import CHECKS
from align.document import LEVELS, Level
from align.errors import AlignError
from align.review.actions import MOST_AT_ONCE, RefusedError
from align.review.bead import ReviewBead
from align.review.checking import Checking
from align.review.filters import Filter
from align.review.judging import Judging
from align.review.precision import METHOD, Quality, percent, quality
from align.review.queue import Doubt, Order, next_doubt, worst_first
from align.review.replacing import MOST_SHOWN, replacements
from align.review.session import Conflict, Done, Review
from align.review.terms import Counting
from align.review.view import Flag, View
from align.review.web.guard import Guard, TooLargeError
from align.review.words import answering_words
from align.terms import by_source

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_SCRIPTS = (
    "app.js",
    "api.js",
    "commands.js",
    "cut.js",
    "dialogs.js",
    "difference.js",
    "dom.js",
    "editors.js",
    "filter.js",
    "list.js",
    "row.js",
    "strip.js",
    "typeahead.js",
    "words.js",
)
_FILES = {
    "index.html": "text/html; charset=utf-8",
    "style.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    **dict.fromkeys(_SCRIPTS, "text/javascript; charset=utf-8"),
}
_MOST_TERMS = 2000  # that a page is told
_MOST_ROWS = 200  # a page asks for a screenful or three

Answer = dict[str, Any]


def create_app(review: Review, *, token: str, port: int, judging: Judging | None = None) -> Starlette:
    """The application that serves one review, or a sample of it, to whoever has the token."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.routing import Route

    pages = _Pages(review, judging)
    routes = [
        Route("/", _file("index.html")),
        *(Route(f"/{name}", _file(name)) for name in _FILES if name != "index.html"),
        *(Route(f"/api/{name}", _asked(getattr(pages, name))) for name in _Pages.READS),
        *(Route(f"/api/{name}", _write(getattr(pages, name)), methods=["POST"]) for name in _Pages.WRITES),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Guard, token=token, port=port)])


def _file(name: str) -> Callable[[Request], Response]:
    from starlette.responses import Response

    content = resources.files("align.review.web").joinpath("static", name).read_bytes()

    def answer(request: Request) -> Response:
        return Response(content, headers={"content-type": _FILES[name]})

    return answer


def _asked(ask: Callable[[Mapping[str, str]], Answer]) -> Callable[[Request], Response]:
    """A question of the page (run in a thread, so that a long list does not hold up others)."""

    def answer(request: Request) -> Response:
        return _respond(lambda: ask(request.query_params))

    return answer


def _write(act: Callable[[Mapping[str, Any]], Answer]) -> Callable[[Request], Awaitable[Response]]:
    from starlette.concurrency import run_in_threadpool

    async def answer(request: Request) -> Response:
        try:
            values = json.loads(await request.body(), parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError, TooLargeError) as error:
            return _json({"error": f"not a request of the review page: {error}"}, 400)
        if not isinstance(values, dict):
            return _json({"error": "not a request of the review page"}, 400)
        return await run_in_threadpool(_respond, lambda: act(values))

    return answer


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError(f"{written:.20} is no number of the page")
    return number


def _respond(work: Callable[[], Answer]) -> Response:
    try:
        answer = work()
    except (RefusedError, AlignError) as error:
        return _json({"error": str(error)}, 422 if isinstance(error, RefusedError) else 500)
    except (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        return _json({"error": f"not a request of the review page: {error!r:.200}"}, 400)
    return _json(answer, 409 if "conflict" in answer else 200)


def _json(values: Answer, status: int = 200) -> Response:
    from starlette.responses import Response

    body = json.dumps(values, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Response(body.encode("utf-8", "replace"), status, media_type="application/json")


class _Pages:
    """The questions and actions of the page, each given the values it sent."""

    READS = (
        "run",
        "pairs",
        "view",
        "beads",
        "next",
        "doubt",
        "search",
        "strip",
        "changes",
        "history",
        "unplaced",
        "locate",
        "stretch",
        "sampled",
        "quality",
        "filtered",
        "replaced",
        "words",
        "terms",
    )
    WRITES = ("act", "undo", "redo")

    def __init__(self, review: Review, judging: Judging | None = None) -> None:
        self.review, self.judging, self.checking = review, judging, Checking(review)
        self.counting = Counting()

    # Questions

    def run(self, asked: Mapping[str, str]) -> Answer:
        """What the page needs to begin with."""
        review = self.review
        calibration, judging = review.calibration, self.judging
        return {
            "name": review.run.path.resolve().name,
            "reviewer": review.reviewer,
            "pairs": len(review.pairs),
            "doubtful": review.doubtful,
            "calibrated": bool(calibration),
            "lost": review.lost(),
            "checks": {name: said for name, said in CHECKS.items() if name not in review.skip_checks},
            "judging": judging and {"level": judging.sample.level, "settle": judging.settle},
        }

    def pairs(self, asked: Mapping[str, str]) -> Answer:
        """The pairs and how far each is, those with the worst doubtful bead of the level first."""
        _, level = self._place(asked)
        doubts = self.review.doubts(level)
        pairs = list(self.review.overview())
        for pair, found in zip(pairs, doubts, strict=True):
            pair["doubtful"] = len(found)
            pair["worst"] = min((round(doubt.score, 4) for doubt in found), default=None)
        return {"pairs": [pairs[number] for number in worst_first(doubts)]}

    def doubt(self, asked: Mapping[str, str]) -> Answer:
        """The next doubtful bead of the whole run, and how many there are."""
        pair, level = self._place(asked)
        order: Order = "worst" if asked.get("order") == "worst" else "text"
        at = Doubt(pair, int(asked["start"]), float(asked.get("score") or -1))
        doubts = self.review.doubts(level)
        found = next_doubt(doubts, at, order, backwards=asked.get("backwards") == "1")
        left = {"left": sum(map(len, doubts)), "pairs": sum(map(bool, doubts))}
        if found is None:
            return {**left, "pair": pair, "index": None}
        return {**left, "pair": found.pair, "index": found.place, "score": found.score}

    def view(self, asked: Mapping[str, str]) -> Answer:
        """The state of one level of a pair."""
        with self.review.lock:
            pair, level, view = self._view(asked)
            view.make_searchable()
            entry = self.review.pairs[pair]
            return {
                "pair": pair,
                "level": level,
                "source": entry.source,
                "target": entry.target,
                "source_language": entry.source_language,
                "target_language": entry.target_language,
                "counts": view.counts(),
                "worst": view.next(Flag.OPEN, start=-1, order="worst"),
                "number": self.review.number,
            }

    def beads(self, asked: Mapping[str, str]) -> Answer:
        """Some beads from `start` on."""
        with self.review.lock:
            _, _, view = self._view(asked)
            start, count = int(asked["start"]), min(int(asked["count"]), _MOST_ROWS)
            rows = [self._row(view, bead, index) for index, bead in view.window(start, count)]
            if (wanted := Filter.asked(asked)) is not None:
                fitting = set(self.checking.matching(*self._place(asked), wanted))
                for shown in rows:
                    shown["left_out"] = shown["index"] not in fitting
            return {"rows": rows, "counts": view.counts(), "number": self.review.number}

    def next(self, asked: Mapping[str, str]) -> Answer:
        """The next bead of a kind."""
        with self.review.lock:
            _, _, view = self._view(asked)
            return {"index": self._next(view, asked, int(asked["start"]))}

    def sampled(self, asked: Mapping[str, str]) -> Answer:
        """The next bead of the sample that this reviewer has to judge."""
        judging = self._judging()
        pair = int(asked["pair"])
        at = (pair, asked["id"]) if asked.get("id") else None
        found = judging.next(at, backwards=asked.get("backwards") == "1")
        return {"pair": found.pair, "index": found.place, "left": found.left, "beads": found.beads}

    def filtered(self, asked: Mapping[str, str]) -> Answer:
        """The next bead that fits the filter of the page, and how many do in its pair.

        Behind the last one comes the first, or where the page wants to go on (`onwards`) that of the next pair.
        """
        with self.review.lock:
            pair, level = self._place(asked)
            wanted = Filter.asked(asked)
            fitting = self.checking.matching(pair, level, wanted) if wanted else []
            start, backwards = int(asked["start"]), asked.get("backwards") == "1"
            ahead = [place for place in fitting if (place < start if backwards else place > start)]
            if wanted and not ahead and asked.get("onwards") == "1":
                pair, fitting = self.checking.elsewhere(pair, level, wanted, backwards=backwards) or (
                    pair,
                    fitting,
                )
            others = ahead or fitting
            index = (others[-1] if backwards else others[0]) if others else None
            at = fitting.index(index) + 1 if index is not None else 0
            return {"pair": pair, "index": index, "count": len(fitting), "at": at}

    def replaced(self, asked: Mapping[str, str]) -> Answer:
        """What replacing words would change, as far as one action changes it."""
        with self.review.lock:
            _, _, view = self._view(asked)
            sides = [asked["side"]] if asked.get("side") else ["source", "target"]
            found = islice(replacements(view, asked["words"], asked.get("by", ""), sides), MOST_SHOWN + 1)
            texts = [[one.bead.id, one.field, one.before, one.after] for one in found]
            return {"texts": texts[:MOST_SHOWN], "more": len(texts) > MOST_SHOWN}

    def words(self, asked: Mapping[str, str]) -> Answer:
        """Which word of a bead answers which."""
        with self.review.lock:
            _, _, view = self._view(asked)
            bead = view.find(asked["id"])
        return {"links": answering_words(bead) if bead and bead.source and bead.target else []}

    def terms(self, asked: Mapping[str, str]) -> Answer:
        """The terms of the two languages of a pair in the whole run: each with its beads and what answers it."""
        pair, level = self._place(asked)
        entry = self.review.pairs[pair]
        terms = self.counting.terms(self.review.run, entry, level, anew=asked.get("anew") == "1")
        concepts = islice(by_source(terms).items(), _MOST_TERMS)
        told = [
            [source, same[0].source_count, [[term.target, term.count] for term in same]]
            for source, same in concepts
        ]
        return {"terms": told, "count": len({term.source for term in terms})}

    def _judging(self) -> Judging:
        if self.judging is None:
            raise RefusedError("No sample is judged here; end the review and begin it with --sample N.")
        return self.judging

    def quality(self, asked: Mapping[str, str]) -> Answer:
        """How good the corpus is, by its samples; who judges one sees how far others agree only once all is judged."""
        run = self.review.run
        if self.judging is None:
            found = [each for level in LEVELS if (each := quality(run, level))]
            return {"method": METHOD, "samples": list(map(_told, found))}
        told = _told(self.judging.quality())
        if not self.judging.settle and self.judging.next(None).left:
            told["agreements"], told["disagreements"] = [], None
        return {"method": METHOD, "samples": [told]}

    @staticmethod
    def _next(view: View, asked: Mapping[str, Any], start: int) -> int | None:
        flag = Flag[str(asked["queue"]).upper()]
        backwards = asked.get("backwards") == "1"
        if asked.get("order") != "worst":
            return view.next(flag, start=start, backwards=backwards)
        score = float(asked["score"]) if asked.get("score") else None
        return view.next(flag, start=start, order="worst", score=score, backwards=backwards)

    def search(self, asked: Mapping[str, str]) -> Answer:
        """The next bead that contains some words."""
        with self.review.lock:
            _, _, view = self._view(asked)
            backwards = asked.get("backwards") == "1"
            return {
                "index": view.search(asked["words"][:1000], start=int(asked["start"]), backwards=backwards)
            }

    def locate(self, asked: Mapping[str, str]) -> Answer:
        """Where a bead is, or the one that has its units now."""
        with self.review.lock:
            _, _, view = self._view(asked)
            bead = view.find(asked["id"]) or next(iter(view.around([asked["id"]])), None)
            return {"index": view.index(bead) if bead else None}

    def stretch(self, asked: Mapping[str, str]) -> Answer:
        """What "accept down to here" would accept: ids, places in the list, and which of them are doubtful."""
        with self.review.lock:
            _, _, view = self._view(asked)
            wanted = Filter.asked(asked)
            if wanted:
                fitting = self.checking.matching(*self._place(asked), wanted)
                found = [place for place in fitting if view.has(place, Flag.OPEN)][:MOST_AT_ONCE]
            else:
                found = view.undecided_down_to(int(asked["index"]))
            beads = view.ids(found)
            doubtful = [index for index in found if view.has(index, Flag.DOUBTFUL)]
            return {"beads": beads, "first": found[0] if found else None, "doubtful": doubtful}

    def strip(self, asked: Mapping[str, str]) -> Answer:
        """The whole list at a glance."""
        with self.review.lock:
            _, _, view = self._view(asked)
            return {"stretches": view.strip(max(1, min(int(asked["bins"]), 2000)))}

    def changes(self, asked: Mapping[str, str]) -> Answer:
        """What was done since an action, by this page or others."""
        with self.review.lock:
            self.review.sync()
            since = int(asked["since"])
            entries = self.review.store.actions(after=since, last=100) if self.review.number > since else []
            return {
                "number": self.review.number,
                "pairs": len(self.review.pairs),
                "outdated": self.review.outdated,
                "changes": [
                    {"pair": self.review.pair_number(a.place), "level": a.place.level, "reviewer": a.reviewer}
                    for a in entries
                ],
            }

    def history(self, asked: Mapping[str, str]) -> Answer:
        """The newest actions here, newest first."""
        pair, level = self._place(asked)
        entries = self.review.history(pair, level)
        if self.judging and not self.judging.settle:  # what others said is not to be known
            entries = [entry for entry in entries if entry[0].reviewer == self.review.reviewer]
        return {
            "actions": [
                {
                    "number": entry.number,
                    "time": entry.time,
                    "reviewer": entry.reviewer,
                    "kind": entry.kind,
                    "reverses": entry.reverses,
                    "beads": ids,
                }
                for entry, ids in reversed(entries)
            ]
        }

    def unplaced(self, asked: Mapping[str, str]) -> Answer:
        """Decisions without a place among the present beads."""
        with self.review.lock:
            _, _, view = self._view(asked)
            items = view.unplaced.items()
            return {"decisions": [{"key": key, **row(view, bead, -1)} for key, bead in items]}

    # Actions

    def act(self, body: Mapping[str, Any]) -> Answer:
        """One action; answered when it is on disk."""
        pair, level = self._place(body)
        actor = self.judging.judge if self.judging else self.review.act
        return self._outcome(actor(pair, level, body), body)

    def undo(self, body: Mapping[str, Any]) -> Answer:
        if self.judging:
            number, done = self.judging.take_back(body.get("nonce"))
            back = self._outcome(done, {**body, "pair": number, "level": self.judging.sample.level})
            return {**back, "note": "verdict", "pair": number}
        pair, level = self._place(body)
        return self._outcome(self.review.undo(pair, level, nonce=body.get("nonce")), body)

    def redo(self, body: Mapping[str, Any]) -> Answer:
        if self.judging:
            raise RefusedError("Nothing to redo in a sample: judge the bead again.")
        pair, level = self._place(body)
        return self._outcome(self.review.undo(pair, level, redo=True, nonce=body.get("nonce")), body)

    def _outcome(self, outcome: Done | Conflict, body: Mapping[str, Any]) -> Answer:
        with self.review.lock:
            _, _, view = self._view(body)
            present = [bead for bead in (view.find(bead.id) for bead in outcome.beads) if bead]
            rows = [self._row(view, bead, view.index(bead)) for bead in present[:_MOST_ROWS]]
            answer: Answer = {"rows": rows, "counts": view.counts(), "number": self.review.number}
            if self.judging:
                answer["left"] = self.judging.left()[0]
            if isinstance(outcome, Conflict):
                return {**answer, "conflict": outcome.message}
            if rows and "queue" in body:
                answer["next"] = self._next(view, body, max(map(view.index, present)))
            return {**answer, "kind": outcome.kind, "note": outcome.note}

    def _row(self, view: View, bead: ReviewBead, index: int) -> Answer:
        shown = row(view, bead, index)
        number = self.review.pair_number(view.place)
        if number is not None:
            level: Level = "sentence" if view.place.level == "sentence" else "paragraph"
            shown["checks"] = self.checking.failed(number, level, bead)
        return shown | self.judging.shown(view, bead) if self.judging else shown

    def _place(self, asked: Mapping[str, Any]) -> tuple[int, Level]:
        for level in LEVELS:
            if level == asked["level"]:
                pair = int(asked["pair"])
                if not 0 <= pair < len(self.review.pairs):
                    raise ValueError(f"the run has no pair {pair}")
                return pair, level
        raise ValueError(asked["level"])

    def _view(self, asked: Mapping[str, Any]) -> tuple[int, Level, View]:
        pair, level = self._place(asked)
        return pair, level, self.review.view(pair, level)


def row(view: View, bead: ReviewBead, index: int) -> Answer:
    """A bead as the page gets it."""
    confidence = view.confidence(bead)
    return {
        "index": index,
        "id": bead.id,
        "version": bead.version,
        "type": bead.type,
        "source": bead.source,
        "target": bead.target,
        "source_joined": bead.source_text,
        "target_joined": bead.target_text,
        "source_edit": bead.source_edit,
        "target_edit": bead.target_edit,
        "confidence": None if confidence is None else round(confidence, 4),
        "doubtful": view.is_doubtful(bead),
        "status": bead.status,
        "by_hand": bead.by_hand,
        "mark": bead.mark,
        "reordered": bead.reordered,
        "comment": bead.comment,
        "reviewer": bead.reviewer,
        "time": bead.time,
    }


def _told(found: Quality) -> Answer:
    """What a sample tells, as the page shows it."""
    return {
        "level": found.sample.level,
        "note": found.note,
        "judged": found.judged,
        "beads": len(found.sample.beads),
        "lines": [
            {
                "threshold": each.threshold,
                "beads": each.beads,
                "judged": each.judged,
                "right": each.right,
                "share": percent(each.share),
                "low": percent(each.low),
                "high": percent(each.high),
            }
            for each in found.table
        ],
        "agreements": [each.said for each in found.agreements],
        "disagreements": len(found.disagreements),
    }
