"""The checklists of a site: which it uses, and its own."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from portfolio.forms.checklists import DraftForm, ItemForm, NewChecklistForm, sent_items
from portfolio.queries import checklists as lists
from portfolio.services import checklists
from portfolio.services.checklists import scales
from portfolio.views.base import not_found_unless


class ChecklistSettings(SiteDoor):
    """What is in use, what else there is, and what is being written."""

    permission = "portfolio.manage_checklists"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(NewChecklistForm())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do, key = request.POST.get("do", ""), request.POST.get("key", "")
        if do == "new":
            return self._begin()
        verbs = {
            "use": lambda: checklists.use(site=self.site, key=key, by=self.actor),
            "stop": lambda: checklists.stop_using(site=self.site, key=key, by=self.actor),
            "up": lambda: checklists.move(site=self.site, key=key, up=True, by=self.actor),
            "down": lambda: checklists.move(site=self.site, key=key, up=False, by=self.actor),
        }
        said = {
            "use": "Assessors answer it from now on.",
            "stop": "Assessors are not asked it any more. What was answered stays.",
        }
        if do in verbs:
            try:
                verbs[do]()
                messages.success(request, said.get(do, "Moved."))
            except Refused as refused:
                messages.warning(request, str(refused))
        return redirect("portfolio:checklists", site=self.site.slug)

    def _begin(self) -> HttpResponse:
        form = NewChecklistForm(self.request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        draft = checklists.draft(site=self.site, title=form.cleaned_data["title"], by=self.actor)
        return redirect("portfolio:checklist_draft", site=self.site.slug, ref=draft.ref)

    def _show(self, form: NewChecklistForm, status: int = 200) -> HttpResponse:
        in_use = lists.checklists_in_use(self.site)
        keys = {each.key for each in in_use}
        context = {
            "form": form,
            "in_use": in_use,
            "others": [each for each in lists.current_versions(self.site) if each.key not in keys],
            "drafts": lists.drafts_of(self.site),
            "back_href": reverse("accounts:settings", kwargs={"site": self.site.slug}),
            "back_label": "Settings",
        }
        return self.page("portfolio/checklists/settings.html", context, status=status)


class ChecklistPage(SiteDoor):
    """One checklist with its questions and versions; POST begins a draft of the site's own."""

    permission = "portfolio.manage_checklists"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        versions = lists.versions_of(self.site, kwargs["key"])
        newest = not_found_unless(versions[0] if versions else None)
        context = {
            "checklist": newest,
            "versions": versions,
            "is_own": newest.site_id is not None,
            "draft": next(
                (row for row in lists.drafts_of(self.site) if row.key == newest.key), None
            ),
            "back_href": reverse("portfolio:checklists", kwargs={"site": self.site.slug}),
            "back_label": "Checklists",
        }
        return self.page("portfolio/checklists/checklist.html", context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        checklist = not_found_unless(lists.current_version(self.site, kwargs["key"]))
        try:
            draft = checklists.draft(site=self.site, checklist=checklist, by=self.actor)
        except Refused as refused:
            messages.warning(request, str(refused))
            return redirect("portfolio:checklist", site=self.site.slug, key=checklist.key)
        return redirect("portfolio:checklist_draft", site=self.site.slug, ref=draft.ref)


class Draft(SiteDoor):
    """Write a checklist: every button sends the whole page, so nothing typed is lost."""

    permission = "portfolio.manage_checklists"
    template = "portfolio/checklists/draft.html"

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        response = super().enter(request, **kwargs)
        if response is None:
            self.draft = not_found_unless(lists.draft_at(self.site, kwargs["ref"]))
        return response

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        draft = self.draft
        title = DraftForm(
            initial={"title": draft.title, "version": draft.version, "count": len(draft.items)}
        )
        items = draft.items or [{}]
        return self._show(title, [ItemForm(number=n, initial=i) for n, i in enumerate(items, 1)])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do = request.POST.get("do", "save")
        if do == "discard":
            return self._discard()
        verb, _, number = do.partition("-")
        if verb in ("add", "up", "down", "remove"):
            return self._arranged(verb, int(number) if number.isdecimal() else 0)
        return self._keep(publishing=do == "publish")

    def _arranged(self, verb: str, number: int) -> HttpResponse:
        """The page again with the questions as asked; nothing is stored and nothing is wrong yet."""
        items = sent_items(self.request.POST)
        place = number - 1
        if verb == "add":
            items.append({})
        elif 0 <= place < len(items):
            if verb == "remove":
                items.pop(place)
            else:
                other = place + (-1 if verb == "up" else 1)
                if 0 <= other < len(items):
                    items[place], items[other] = items[other], items[place]
        title = DraftForm(
            initial={
                "title": self.request.POST.get("title", ""),
                "version": self.request.POST.get("version", ""),
                "count": len(items),
            }
        )
        return self._show(title, [ItemForm(number=n, initial=i) for n, i in enumerate(items, 1)])

    def _keep(self, *, publishing: bool) -> HttpResponse:
        data = self.request.POST
        form = DraftForm(data)
        items = [ItemForm(data, number=n) for n in range(1, len(sent_items(data)) + 1)]
        # All of them are asked, so that every mistake is told at once.
        right = [item.is_valid() for item in items]
        if not form.is_valid() or not all(right):
            return self._show(form, items, 422)
        try:
            draft = checklists.save_draft(
                draft=self.draft,
                title=form.cleaned_data["title"],
                items=[item.cleaned_data for item in items if not item.is_blank],
                version=form.cleaned_data["version"],
                by=self.actor,
            )
            if publishing:
                published = checklists.publish(draft=draft, by=self.actor)
        except ValidationError as error:
            form.add_error(
                None, [sentence for each in error.message_dict.values() for sentence in each]
            )
            return self._show(form, items, 422)
        except Refused as refused:
            form.add_error(None, str(refused))
            return self._show(self._again(form), items, 422)
        if publishing:
            since = "" if published.version == 1 else f"Version {published.version} of "
            messages.success(
                self.request,
                f"{since}“{published}” is published: assessors answer it from now on. What was"
                " begun before can be finished as it was.",
            )
            return redirect("portfolio:checklists", site=self.site.slug)
        messages.success(self.request, "Saved. Assessors see it once you publish it.")
        return redirect("portfolio:checklist_draft", site=self.site.slug, ref=draft.ref)

    def _again(self, form: DraftForm) -> DraftForm:
        """The form with what was typed and the draft's version as it is now."""
        now = lists.draft_at(self.site, self.draft.ref)
        data = self.request.POST.copy()
        data["version"] = str(now.version if now else 0)
        again = DraftForm(data)
        for sentence in form.non_field_errors():
            again.add_error(None, sentence)
        return again

    def _discard(self) -> HttpResponse:
        try:
            checklists.discard(draft=self.draft, by=self.actor)
            messages.success(self.request, "The draft is thrown away.")
        except Refused as refused:
            messages.warning(self.request, str(refused))
        return redirect("portfolio:checklists", site=self.site.slug)

    def _show(self, form: DraftForm, items: list[ItemForm], status: int = 200) -> HttpResponse:
        context = {
            "form": form,
            "items": items,
            "draft": self.draft,
            "scales": [
                (title, ", ".join(option["label"] for option in options))
                for title, options in scales().values()
            ],
            "back_href": reverse("portfolio:checklists", kwargs={"site": self.site.slug}),
            "back_label": "Checklists",
        }
        return self.page(self.template, context, status=status)
