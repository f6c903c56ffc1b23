from django.urls import path

from subsidies.views import awards, runs

app_name = "subsidies"

urlpatterns = [
    path("", awards.award_list, name="award_list"),
    path("awards/<int:pk>/", awards.award_detail, name="award_detail"),
    path("awards/<int:pk>/shares/<int:share>/", awards.award_grant, name="award_grant"),
    path("awards/<int:pk>/advance/", awards.award_advance, name="award_advance"),
    path("awards/<int:pk>/recheck/", awards.award_recheck, name="award_recheck"),
    path("carriers/<slug:code>/", awards.carrier_panel, name="carrier_panel"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/new/", runs.run_create, name="run_create"),
    path("runs/<int:pk>/", runs.run_detail, name="run_detail"),
    path("rules/<str:code>/", runs.rule_detail, name="rule_detail"),
    path("grants/", runs.grant_list, name="grant_list"),
    path("grants/new/", runs.grant_create, name="grant_create"),
]
