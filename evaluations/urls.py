from django.urls import URLPattern, path

from evaluations.views import cycles, experts, grade_records, results

app_name = "evaluations"

urlpatterns: list[URLPattern] = [
    path("", cycles.cycle_list, name="cycle_list"),
    path("grades/", grade_records.grade_list, name="grade_list"),
    path("grades/new/", grade_records.grade_record_create, name="grade_record_create"),
    path("scoring/", experts.expert_list, name="expert_list"),
    path("scoring/<slug:code>/<slug:carrier>/", experts.expert_form, name="expert_form"),
    path("schemes/<slug:code>/<int:version>/", results.scheme_detail, name="scheme_detail"),
    path("carriers/<slug:code>/panel/", results.carrier_panel, name="carrier_panel"),
    path("cycles/<slug:code>/", cycles.cycle_detail, name="cycle_detail"),
    path("cycles/<slug:code>/score/", cycles.cycle_score, name="cycle_score"),
    path("cycles/<slug:code>/publish/", cycles.cycle_publish, name="cycle_publish"),
    path("cycles/<slug:code>/<slug:carrier>/", results.result_detail, name="result_detail"),
]
