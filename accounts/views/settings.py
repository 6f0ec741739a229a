"""A site's settings: its name, members, keys, and what happened."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts import queries
from accounts.enums import Scope
from accounts.forms import HandOverForm, InviteForm, KeyForm, RolesForm, SiteForm
from accounts.services import invitations, keys, members, sites
from hubapp import hooks
from hubapp.problems import Refused
from hubapp.web.doors import SiteDoor
from hubapp.web.paging import keyset_page
from hubapp.web.words import counted


class SettingsDoor(SiteDoor):
    """A page below the site's settings: it knows its way back."""

    def crumbs(self, *more: tuple[str, str]) -> list[dict[str, str]]:
        """Breadcrumbs: the site, its settings, then ``(label, URL name)`` of what is between."""
        slug = {"site": self.site.slug}
        trail = [(self.site.name, "accounts:site_home"), ("Settings", "accounts:settings"), *more]
        return [{"label": label, "href": reverse(name, kwargs=slug)} for label, name in trail]

    def to(self, name: str, **kwargs: str) -> HttpResponse:
        """A redirect to a page of this site."""
        return redirect(reverse(f"accounts:{name}", kwargs={"site": self.site.slug, **kwargs}))


class Settings(SettingsDoor):
    """``/<site>/settings/``: the settings pages the viewer may open."""

    permission = "accounts.view_members"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        entries = [
            {
                "title": item.title,
                "hint": item.hint,
                "href": reverse(item.url_name, kwargs={"site": self.site.slug}),
            }
            for item in hooks.site_settings
            if request.user.has_perm(item.permission, self.site)
        ]
        return self.page(
            "accounts/settings.html",
            {"site": self.site, "entries": entries, "breadcrumbs": self.crumbs()[:1]},
        )


class SiteDetails(SettingsDoor):
    """``/<site>/settings/details/``"""

    permission = "accounts.manage_site"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        row = self.site
        return self._show(
            SiteForm(initial={"name": row.name, "slug": row.slug, "version": row.version})
        )

    def post(self, request: HttpRequest, site: str) -> HttpResponse:
        form = SiteForm(request.POST)
        if form.is_valid():
            try:
                sites.change_site(site=self.site, by=self.actor, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error)
            except Refused as refusal:
                form.add_error("slug" if str(refusal) == sites.SLUG_TAKEN else None, str(refusal))
            else:
                messages.success(request, "The site is changed.")
                return self.to("settings")
        return self._show(form)

    def _show(self, form: SiteForm) -> HttpResponse:
        context = {
            "form": form,
            "site": self.site,
            "host": queries.host_of(self.site),
            "breadcrumbs": self.crumbs(),
        }
        return self.page(
            "accounts/site_details.html", context, status=422 if form.is_bound else 200
        )


# -- members ---------------------------------------------------------------
MEMBERS = ("Members and roles", "accounts:members")


class Members(SettingsDoor):
    """``/<site>/settings/members/``"""

    permission = "accounts.view_members"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        may_manage = request.user.has_perm("accounts.manage_members", self.site)
        context = {
            "site": self.site,
            "members": queries.members_of(self.site),
            "invitations": queries.invitations_at(self.site) if may_manage else [],
            "may_manage": may_manage,
            "breadcrumbs": self.crumbs(),
        }
        return self.page("accounts/members.html", context)


class MemberDoor(SettingsDoor):
    """A page about one member."""

    permission = "accounts.manage_members"
    member: queries.Member

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        refused = super().enter(request, **kwargs)
        if refused is None:
            member = queries.member_of(self.site, kwargs["ref"])
            if member is None:
                raise Http404
            self.member = member
        return refused

    def onwards(self) -> HttpResponse:
        """The list; but who changed their own roles may no longer be allowed to see it."""
        return redirect("home") if self.member.user == self.request.user else self.to("members")

    def member_crumbs(self) -> list[dict[str, str]]:
        here = reverse(
            "accounts:member", kwargs={"site": self.site.slug, "ref": self.member.user.ref}
        )
        return [*self.crumbs(MEMBERS), {"label": self.member.name, "href": here}]

    def colleagues(self) -> list[queries.Member]:
        """Everybody else who works here."""
        return [other for other in queries.members_of(self.site) if other.user != self.member.user]


class MemberPage(MemberDoor):
    """``/<site>/settings/members/<ref>/``: their roles, and the ways to cover or remove them."""

    def get(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        initial = {"roles": self.member.roles, "functions": self.member.functions}
        return self._show(RolesForm(initial=initial))

    def post(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        form = RolesForm(request.POST)
        if form.is_valid():
            try:
                members.change_member(
                    site=self.site, user=self.member.user, by=self.actor, **form.cleaned_data
                )
            except Refused as refusal:
                form.add_error("roles", str(refusal))
            else:
                messages.success(request, "The roles are changed.")
                return self.onwards()
        return self._show(form)

    def _show(self, form: RolesForm) -> HttpResponse:
        context = {
            "form": form,
            "site": self.site,
            "member": self.member,
            "held": queries.held_by(user=self.member.user, site=self.site),
            "breadcrumbs": self.crumbs(MEMBERS),
        }
        return self.page("accounts/member.html", context, status=422 if form.is_bound else 200)


class _HandOver(MemberDoor):
    """Everything a member holds, on one page, and who gets each kind."""

    template: str
    nobody: bool

    def get(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        return self._show(self._form())

    def post(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        form = self._form(request.POST)
        if form.is_valid():
            try:
                sentence = self.press(form)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, sentence)
                return self.onwards()
        return self._show(form)

    def press(self, form: HandOverForm) -> str:
        """Do it; the sentence to say afterwards."""
        raise NotImplementedError

    def _form(self, data=None) -> HandOverForm:
        held = queries.held_by(user=self.member.user, site=self.site)
        if data is not None and data.get("everything"):
            # "All to one colleague": fills every box that was left alone.
            data = data.copy()
            for index in range(len(held)):
                data[f"to_{index}"] = data.get(f"to_{index}") or data["everything"]
        return HandOverForm(data, held=held, colleagues=self.colleagues(), nobody=self.nobody)

    def _show(self, form: HandOverForm) -> HttpResponse:
        context = {
            "form": form,
            "site": self.site,
            "member": self.member,
            "chosen": form.data.get("everything", "") if form.is_bound else "",
            "breadcrumbs": self.member_crumbs(),
        }
        return self.page(self.template, context, status=422 if form.is_bound else 200)


class CoverMember(_HandOver):
    """``…/cover/``: while they are away, what they hold goes to colleagues; they stay a member."""

    template = "accounts/member_cover.html"
    nobody = False

    def press(self, form: HandOverForm) -> str:
        moved = members.cover_member(
            site=self.site, user=self.member.user, to=form.receivers(), by=self.actor
        )
        return f"{counted(moved, 'piece,pieces')} of work moved."


class RemoveMember(_HandOver):
    """``…/remove/``: their roles end, and what they hold goes to colleagues or back to the site."""

    template = "accounts/member_remove.html"
    nobody = True

    def press(self, form: HandOverForm) -> str:
        moved = members.end_member(
            site=self.site, user=self.member.user, to=form.receivers(), by=self.actor
        )
        if not moved:
            return "The member is removed."
        return f"The member is removed, and {counted(moved, 'piece,pieces')} of work moved."


class Invite(SettingsDoor):
    """``/<site>/settings/members/invite/``"""

    permission = "accounts.manage_members"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        return self._show(InviteForm())

    def post(self, request: HttpRequest, site: str) -> HttpResponse:
        form = InviteForm(request.POST)
        if form.is_valid():
            try:
                invitations.invite(site=self.site, by=self.actor, **form.cleaned_data)
            except Refused as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(
                    request, "The invitation is on its way. Its link works for 14 days."
                )
                return self.to("members")
        return self._show(form)

    def _show(self, form: InviteForm) -> HttpResponse:
        context = {"form": form, "site": self.site, "breadcrumbs": self.crumbs(MEMBERS)}
        return self.page("accounts/invite.html", context, status=422 if form.is_bound else 200)


class _InvitationDoor(SettingsDoor):
    permission = "accounts.manage_members"
    http_method_names = ["post"]

    def enter(self, request: HttpRequest, **kwargs: Any) -> HttpResponse | None:
        refused = super().enter(request, **kwargs)
        if refused is None:
            invitation = queries.invitation_at(self.site, kwargs["ref"])
            if invitation is None:
                raise Http404
            self.invitation = invitation
        return refused


class ResendInvitation(_InvitationDoor):
    """``/<site>/settings/invitations/<ref>/resend/``"""

    def post(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        try:
            invitations.resend(invitation=self.invitation, by=self.actor)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, "The invitation was sent again. The new link works for 14 days."
            )
        return self.to("members")


class RevokeInvitation(_InvitationDoor):
    """``/<site>/settings/invitations/<ref>/revoke/``"""

    def post(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        try:
            invitations.revoke(invitation=self.invitation, by=self.actor)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The invitation was taken back. Its link no longer works.")
        return self.to("members")


# -- keys ------------------------------------------------------------------
KEYS = ("API keys", "accounts:keys")


class Keys(SettingsDoor):
    """``/<site>/settings/keys/``"""

    permission = "accounts.manage_keys"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        rows = queries.keys_at(self.site)
        names = queries.actor_names((key.actor_kind, key.actor_ref) for key in rows)
        shown = [
            {
                "key": key,
                "by": names[key.actor_kind, key.actor_ref],
                "scopes": [Scope(scope).label for scope in key.scopes],
                "state": queries.key_state(key),
            }
            for key in rows
        ]
        return self.page(
            "accounts/keys.html", {"site": self.site, "keys": shown, "breadcrumbs": self.crumbs()}
        )


class NewKey(SettingsDoor):
    """``/<site>/settings/keys/new/``: the key is shown in the answer to this form, once."""

    permission = "accounts.manage_keys"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        return self._show(KeyForm())

    def post(self, request: HttpRequest, site: str) -> HttpResponse:
        form = KeyForm(request.POST)
        if not form.is_valid():
            return self._show(form)
        key, secret = keys.create_key(
            site=self.site,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(),
            by=self.actor,
        )
        response = self.page(
            "accounts/key_made.html",
            {"site": self.site, "key": key, "secret": secret, "breadcrumbs": self.crumbs(KEYS)},
        )
        response["Cache-Control"] = "no-store"
        return response

    def _show(self, form: KeyForm) -> HttpResponse:
        context = {"form": form, "site": self.site, "breadcrumbs": self.crumbs(KEYS)}
        return self.page("accounts/key_new.html", context, status=422 if form.is_bound else 200)


class RevokeKey(SettingsDoor):
    """``/<site>/settings/keys/<ref>/revoke/``"""

    permission = "accounts.manage_keys"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, site: str, ref: str) -> HttpResponse:
        key = queries.key_at(self.site, ref)
        if key is None:
            raise Http404
        keys.revoke_key(key=key, by=self.actor)
        messages.success(request, f"The key “{key.name}” no longer works.")
        return self.to("keys")


# -- what happened ---------------------------------------------------------
class Audit(SettingsDoor):
    """``/<site>/settings/audit/``: every change, newest first, in words."""

    permission = "accounts.view_audit"

    def get(self, request: HttpRequest, site: str) -> HttpResponse:
        people_only = request.GET.get("by") == "people"
        found = keyset_page(
            queries.events_at(self.site, people_only=people_only),
            order="-id",
            cursor=request.GET.get("after", ""),
            filters={"site": self.site.pk, "people": people_only},
        )
        more = "&by=people" if people_only else ""
        names = queries.actor_names((event.actor_kind, event.actor_ref) for event in found.rows)
        things = queries.references_of(
            self.viewer, ((event.subject_kind, event.subject_ref) for event in found.rows)
        )
        rows = [
            {
                "at": event.at,
                "words": queries.event_words(event),
                "by": names[event.actor_kind, event.actor_ref],
                "thing": things.get((event.subject_kind, event.subject_ref)),
                "ref": event.subject_ref,
                "changes": queries.change_words(event),
            }
            for event in found.rows
        ]
        return self.page(
            "accounts/audit.html",
            {
                "site": self.site,
                "rows": rows,
                "people_only": people_only,
                "newer": f"?after={found.previous}{more}" if found.previous else "",
                "older": f"?after={found.next}{more}" if found.next else "",
                "breadcrumbs": self.crumbs(),
            },
        )
