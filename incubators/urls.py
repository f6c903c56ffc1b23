from django.urls import URLPattern, path

from incubators.views import (
    attachments,
    carriers,
    changes,
    enterprises,
    indicators,
    register,
    report_edit,
    reports,
)

app_name = "incubators"

urlpatterns: list[URLPattern] = [
    path("carriers/", carriers.carrier_list, name="carrier_list"),
    path("carriers/<slug:code>/", carriers.carrier_detail, name="carrier_detail"),
    path("enterprises/", enterprises.enterprise_list, name="enterprise_list"),
    path("enterprises/<slug:uscc>/", enterprises.enterprise_detail, name="enterprise_detail"),
    path("changes/", changes.change_list, name="change_list"),
    path("attachments/<uuid:pk>/", attachments.attachment_download, name="attachment_download"),
    path("indicators/", indicators.indicator_list, name="indicator_list"),
    path("indicators/<slug:code>/", indicators.indicator_detail, name="indicator_detail"),
    path("indicators/<slug:code>/records/", indicators.indicator_records, name="indicator_records"),
    path("reports/", reports.report_list, name="report_list"),
    path("reports/<int:pk>/", reports.report_detail, name="report_detail"),
    path("reports/<int:pk>/evidence/", reports.report_attach, name="report_attach"),
    path("reports/<int:pk>/evidence/<uuid:attachment>/remove/", reports.report_detach, name="report_detach"),
    path("reports/<int:pk>/<slug:move>/", reports.report_move, name="report_move"),
    path("reports/edit/<slug:code>/<str:month>/", report_edit.report_edit, name="report_edit"),
    path("carriers/<slug:code>/register/<slug:event>/", register.register_event, name="register_event"),
]
