"""Ratings from a spreadsheet: choose a file, look at what it would do, keep it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.export import file_response
from maturity.forms.report import RatingsForm
from maturity.models import RatingsFile
from maturity.queries import importing as queries
from maturity.ratings_sheet import read_ratings
from maturity.services import importing
from maturity.views.assess import AssessmentDoor
from maturity.views.network import RoundDoor
from portfolio.readers import Unreadable

# Faults on the page; the file of bad rows has all.
SHOWN = 50
CHOOSE, LOOK = "maturity/report/import.html", "maturity/report/imported.html"


class _Choosing:
    """Choosing a file, for a round or for one site's self-assessment."""

    request: Any
    page: Any
    actor: Any

    def context(self) -> dict[str, Any]:
        """What the page says besides the form."""
        raise NotImplementedError

    def look(self, sheet: Any, name: str) -> RatingsFile:
        """Hold what was read against the round."""
        raise NotImplementedError

    def address(self, file: RatingsFile) -> str:
        """Where the file is shown."""
        raise NotImplementedError

    needs_site = True

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(RatingsForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = RatingsForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(form, 422)
        upload = form.cleaned_data["file"]
        try:
            sheet = read_ratings(upload, needs_site=self.needs_site)
            return redirect(self.address(self.look(sheet, upload.name)))
        except Unreadable as error:
            form.add_error("file", str(error))
        except Refused as error:
            form.add_error(None, str(error))
        return self._show(form, 422)

    def _show(self, form: RatingsForm, status: int = 200) -> HttpResponse:
        answer: HttpResponse = self.page(CHOOSE, self.context() | {"form": form}, status=status)
        return answer


class _Looking:
    """What a file would do, and keeping it."""

    request: Any
    page: Any
    actor: Any
    file: RatingsFile

    def context(self) -> dict[str, Any]:
        """What the page says besides the file."""
        raise NotImplementedError

    def counts(self) -> list[queries.SiteOfFile]:
        """What it would do at each site."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            done = importing.keep(file=self.file, by=self.actor)
        except Refused as error:
            return self._show(problem=str(error), status=422)
        changed = sum(done.changed.values())
        sites = len(done.changed)
        messages.success(
            request,
            f"{changed:,} {'answer' if changed == 1 else 'answers'} imported for"
            f" {sites} {'site' if sites == 1 else 'sites'}.",
        )
        for sentence in done.refused.values():
            messages.warning(request, sentence)
        return redirect(request.path)

    def _show(self, *, problem: str = "", status: int = 200) -> HttpResponse:
        counts = self.counts()
        context = self.context() | {
            "file": self.file,
            "problem": problem,
            "sites": counts,
            "kept": sum(each.rated + each.not_applicable + each.not_answered for each in counts),
            "faults": self.file.faults[:SHOWN],
            "fault_count": len(self.file.faults),
            "shown": SHOWN,
        }
        answer: HttpResponse = self.page(LOOK, context, status=status)
        return answer


def bad_rows_of(file: RatingsFile) -> HttpResponseBase:
    """The rows with a fault as a file, each behind what is wrong with it."""
    columns = ["Row", "Column", "What is wrong", *file.columns]
    return file_response("csv", columns, queries.bad_rows(file), name="ratings-not-imported")


# -- a round, by its coordinator ---------------------------------------------------------
class ImportRatings(_Choosing, RoundDoor):
    """Ratings of several sites that agreed to the round."""

    permission = "maturity.import_rounds"

    def look(self, sheet: Any, name: str) -> RatingsFile:
        return importing.look(sheet=sheet, name=name, round=self.round, by=self.actor)

    def address(self, file: RatingsFile) -> str:
        given = {"network": self.network.slug, "ref": self.round.ref, "file": file.ref}
        return reverse("maturity:imported_ratings", kwargs=given)

    def context(self) -> dict[str, Any]:
        return {
            "round": self.round,
            "why_not": queries.why_not(self.round),
            "values": self.round.framework.values,
            "framework": self.round.framework,
            "back_href": self.round.get_absolute_url(),
            "back_label": self.round.name,
        }


class RoundFileDoor(RoundDoor):
    """A page about one file for the round."""

    permission = "maturity.import_rounds"
    file: RatingsFile

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        refused = super().enter(request, **kwargs)
        if refused is not None:
            return refused
        found = queries.file_of_round(self.round, kwargs["file"])
        if found is None:
            raise Http404
        self.file = found
        return None


class ImportedRatings(_Looking, RoundFileDoor):
    """What the file would do at each site; keeping it."""

    def counts(self) -> list[queries.SiteOfFile]:
        return queries.by_site(self.file)

    def context(self) -> dict[str, Any]:
        given = {"network": self.network.slug, "ref": self.round.ref}
        return {
            "round": self.round,
            "bad_href": reverse("maturity:bad_ratings", kwargs=given | {"file": self.file.ref}),
            "again_href": reverse("maturity:import_ratings", kwargs=given),
            "next_href": self.round.get_absolute_url(),
            "next_words": "See how far sites are",
            "back_href": self.round.get_absolute_url(),
            "back_label": self.round.name,
        }


class BadRatings(RoundFileDoor):
    """The rows that cannot be kept, as a file."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return bad_rows_of(self.file)


# -- a site's own, by its lead ----------------------------------------------------------
class ImportOwn(_Choosing, AssessmentDoor):
    """The site's own ratings, such as the file that its report gives."""

    permission = "maturity.import_ratings"
    needs_site = False

    def look(self, sheet: Any, name: str) -> RatingsFile:
        return importing.look(
            sheet=sheet,
            name=name,
            round=self.assessment.round,
            own=self.assessment,
            by=self.actor,
        )

    def address(self, file: RatingsFile) -> str:
        return self.at("imported_own", file=file.ref)

    def context(self) -> dict[str, Any]:
        return self.common() | {
            "own": True,
            "values": self.assessment.round.framework.values,
            "csv_href": self.at("report_csv"),
        }


class OwnFileDoor(AssessmentDoor):
    """A page about one file for the site's self-assessment."""

    permission = "maturity.import_ratings"
    file: Any = None

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        refused = super().enter(request, **kwargs)
        if refused is None and request.user.has_perm(self.permission, self.assessment):
            self.file = queries.file_of_site(self.assessment, kwargs["file"])
            if self.file is None:
                raise Http404
        return refused


class ImportedOwn(_Looking, OwnFileDoor):
    """What the file would change; keeping it."""

    def counts(self) -> list[queries.SiteOfFile]:
        return queries.by_site(self.file, self.assessment)

    def context(self) -> dict[str, Any]:
        return self.common() | {
            "own": True,
            "bad_href": self.at("bad_own", file=self.file.ref),
            "again_href": self.at("import_own"),
            "next_href": self.assessment.get_absolute_url(),
            "next_words": "Look at the self-assessment",
        }


class BadOwn(OwnFileDoor):
    """The rows that cannot be kept, as a file."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return bad_rows_of(self.file)
