"""Addresses of people, sites and permission. Included last: ``<site>`` matches whatever is left."""

from django.urls import include, path

from accounts.views import home, invitation, mailbox, settings, sign_in

accounts = [
    path("accounts/login/", sign_in.SignIn.as_view(), name="login"),
    path("accounts/logout/", sign_in.SignOut.as_view(), name="logout"),
    path("accounts/password/forgotten/", sign_in.Forgotten.as_view(), name="forgotten"),
    path(
        "accounts/password/forgotten/sent/", sign_in.ForgottenSent.as_view(), name="forgotten_sent"
    ),
    path(
        "accounts/password/new/<str:ref>/<str:token>/",
        sign_in.NewPassword.as_view(),
        name="new_password",
    ),
    path("accounts/me/", sign_in.Account.as_view(), name="account"),
    path("accounts/me/name/", sign_in.ChangeName.as_view(), name="change_name"),
    path("accounts/me/digest/", sign_in.ChooseDigest.as_view(), name="digest"),
    path("accounts/me/password/", sign_in.ChangePassword.as_view(), name="change_password"),
    path("invitation/<str:token>/", invitation.AcceptInvitation.as_view(), name="invitation"),
    path("demo/mailbox/", mailbox.Mailbox.as_view(), name="mailbox"),
    path("demo/mailbox/<str:name>/", mailbox.MailboxMail.as_view(), name="mailbox_mail"),
    path("network/<slug:network>/", home.NetworkHome.as_view(), name="network_home"),
    path("roles/", home.Roles.as_view(), name="roles"),
]

site_pages = [
    path("", home.SiteHome.as_view(), name="site_home"),
    path("settings/", settings.Settings.as_view(), name="settings"),
    path("settings/details/", settings.SiteDetails.as_view(), name="site_details"),
    path("settings/members/", settings.Members.as_view(), name="members"),
    path("settings/members/invite/", settings.Invite.as_view(), name="invite"),
    path("settings/members/<str:ref>/", settings.MemberPage.as_view(), name="member"),
    path("settings/members/<str:ref>/cover/", settings.CoverMember.as_view(), name="member_cover"),
    path(
        "settings/members/<str:ref>/remove/", settings.RemoveMember.as_view(), name="member_remove"
    ),
    path(
        "settings/invitations/<str:ref>/resend/",
        settings.ResendInvitation.as_view(),
        name="invitation_resend",
    ),
    path(
        "settings/invitations/<str:ref>/revoke/",
        settings.RevokeInvitation.as_view(),
        name="invitation_revoke",
    ),
    path("settings/keys/", settings.Keys.as_view(), name="keys"),
    path("settings/keys/new/", settings.NewKey.as_view(), name="key_new"),
    path("settings/keys/<str:ref>/revoke/", settings.RevokeKey.as_view(), name="key_revoke"),
    path("settings/audit/", settings.Audit.as_view(), name="audit"),
]

urlpatterns = [
    # Known by their bare names everywhere.
    path("", home.Home.as_view(), name="home"),
    path("privacy/", home.Privacy.as_view(), name="privacy"),
    path("accessibility/", home.Accessibility.as_view(), name="accessibility"),
    path("", include(([*accounts, path("<slug:site>/", include(site_pages))], "accounts"))),
]
