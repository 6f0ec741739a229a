"""Triage, innovations, enquiries and the words of decisions."""

from django.urls import path

from portfolio.views import assessments, enquiries, innovations, reasons, triage

_ONE = "<slug:site>/innovations/<slug:ref>/"
_ENQUIRY = "<slug:site>/enquiries/<slug:ref>/"

urlpatterns = [
    path("<slug:site>/triage/", triage.Queue.as_view(), name="triage"),
    path("<slug:site>/triage/<slug:ref>/", triage.QueueItem.as_view(), name="triage_item"),
    path("<slug:site>/add/", triage.Add.as_view(), name="add"),
    path("<slug:site>/innovations/", triage.Portfolio.as_view(), name="innovations"),
    path(_ONE, innovations.Record.as_view(), name="innovation"),
    path(f"{_ONE}assign/", triage.Assign.as_view(), name="assign"),
    path(f"{_ONE}assess/", assessments.Assess.as_view(), name="assess"),
    path(f"{_ONE}correct/", innovations.Correct.as_view(), name="correct"),
    path(f"{_ONE}redact/", innovations.Redact.as_view(), name="redact"),
    path("<slug:site>/enquiries/", enquiries.Enquiries.as_view(), name="enquiries"),
    path("<slug:site>/enquiries/new/", enquiries.LogEnquiry.as_view(), name="log_enquiry"),
    path(_ENQUIRY, enquiries.EnquiryPage.as_view(), name="enquiry"),
    path(f"{_ENQUIRY}close/", enquiries.CloseEnquiry.as_view(), name="close_enquiry"),
    path(f"{_ENQUIRY}reopen/", enquiries.ReopenEnquiry.as_view(), name="reopen_enquiry"),
    path(f"{_ENQUIRY}assign/", enquiries.AssignEnquiry.as_view(), name="assign_enquiry"),
    path("<slug:site>/settings/reasons/", reasons.Reasons.as_view(), name="reasons"),
    path("<slug:site>/settings/reasons/new/", reasons.AddReason.as_view(), name="add_reason"),
    path(
        "<slug:site>/settings/reasons/standard/",
        reasons.InstallReasons.as_view(),
        name="install_reasons",
    ),
    path("<slug:site>/settings/reasons/<slug:ref>/", reasons.EditReason.as_view(), name="reason"),
]
