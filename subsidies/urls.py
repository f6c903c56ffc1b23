from django.urls import URLPattern, path

from subsidies.views import awards, grants, rules, runs

app_name = "subsidies"

urlpatterns: list[URLPattern] = [
    path("awards/", awards.award_list, name="award_list"),
    path("awards/<int:pk>/", awards.award_detail, name="award_detail"),
    path("awards/<int:pk>/grant/", awards.award_grant, name="award_grant"),
    path("awards/<int:pk>/advance/", awards.award_advance, name="award_advance"),
    path("awards/<int:pk>/send-back/", awards.award_send_back, name="award_send_back"),
    path("carriers/<slug:code>/", awards.carrier_panel, name="carrier_panel"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/new/", runs.run_create, name="run_create"),
    path("runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("rules/", rules.rule_list, name="rule_list"),
    path("rules/<slug:code>/", rules.rule_detail, name="rule_detail"),
    path("grants/", grants.payer_grant_list, name="payer_grant_list"),
    path("grants/new/", grants.payer_grant_create, name="payer_grant_create"),
]
