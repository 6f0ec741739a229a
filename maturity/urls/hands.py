"""Addresses of raters, evidence and peer review."""

from django.urls import path

from maturity.views import evidence, raters, reviews

urlpatterns = [
    path("rate/<str:token>/", raters.RateByLink.as_view(), name="rate_by_link"),
    path("rate/<str:token>/send-code/", raters.SendRateCode.as_view(), name="rate_send_code"),
    path("rate/<str:token>/code/", raters.TypeRateCode.as_view(), name="rate_code"),
    path("rate/<str:token>/<slug:code>/", raters.RateDomain.as_view(), name="rate_domain"),
    path("<slug:site>/maturity/evidence/", evidence.EvidenceList.as_view(), name="evidence"),
    path("<slug:site>/maturity/evidence/add/", evidence.AddEvidence.as_view(), name="add_evidence"),
    path(
        "<slug:site>/maturity/evidence/<str:ref>/",
        evidence.ChangeEvidence.as_view(),
        name="change_evidence",
    ),
    path(
        "<slug:site>/maturity/evidence/<str:ref>/file/",
        evidence.EvidenceFile.as_view(),
        name="evidence_file",
    ),
    path("<slug:site>/maturity/reviews/", reviews.Reviews.as_view(), name="reviews"),
    path("<slug:site>/maturity/reviews/<str:ref>/", reviews.ReviewPage.as_view(), name="review"),
    path(
        "<slug:site>/maturity/reviews/<str:ref>/files/<str:evidence>/",
        reviews.ReviewFile.as_view(),
        name="review_file",
    ),
    path(
        "<slug:site>/maturity/reviews/<str:ref>/<slug:code>/",
        reviews.ReviewOn.as_view(),
        name="review_on",
    ),
    path("<slug:site>/maturity/<str:ref>/raters/", raters.Raters.as_view(), name="raters"),
    path(
        "<slug:site>/maturity/<str:ref>/raters/<str:rater>/",
        raters.RaterAct.as_view(),
        name="rater",
    ),
    path("<slug:site>/maturity/<str:ref>/together/", raters.Together.as_view(), name="together"),
    path(
        "<slug:site>/maturity/<str:ref>/together/<slug:code>/",
        raters.TogetherOn.as_view(),
        name="together_on",
    ),
    path(
        "<slug:site>/maturity/<str:ref>/standing/", evidence.Standings.as_view(), name="standings"
    ),
    path(
        "<slug:site>/maturity/<str:ref>/evidence/<slug:code>/",
        evidence.ShowEvidence.as_view(),
        name="show_evidence",
    ),
    path("<slug:site>/maturity/<str:ref>/review/", reviews.AskReview.as_view(), name="ask_review"),
    path(
        "<slug:site>/maturity/<str:ref>/review/<str:review>/withdraw/",
        reviews.WithdrawReview.as_view(),
        name="withdraw_review",
    ),
]
