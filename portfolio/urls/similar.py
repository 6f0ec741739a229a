"""Ideas that look alike, published summaries and introductions."""

from django.urls import path

from portfolio.views import similar

_ONE = "<slug:site>/innovations/<slug:ref>/"
_PAIR = f"{_ONE}compare/<slug:other>/"

urlpatterns = [
    path("submit/draft/<str:token>/similar/", similar.DraftSimilar.as_view(), name="draft_similar"),
    path("<slug:site>/add/similar/", similar.SimilarTyped.as_view(), name="similar_typed"),
    path(_PAIR, similar.Compare.as_view(), name="compare"),
    path(f"{_PAIR}not-the-same/", similar.NotTheSame.as_view(), name="not_the_same"),
    path(f"{_PAIR}after-all/", similar.NotTheSame.as_view(restores=True), name="similar_after_all"),
    path(f"{_ONE}publish/", similar.Publish.as_view(), name="publish"),
    path(f"{_ONE}introduction/", similar.Introduce.as_view(), name="introduce"),
]
