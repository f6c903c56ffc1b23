from django.urls import URLPattern, path

from plans.views import plans, questions, searching

app_name = "plans"

urlpatterns: list[URLPattern] = [
    path("", plans.plan_list, name="plan_list"),
    path("search/", searching.text_search, name="text_search"),
    path("questions/", questions.question_list, name="question_list"),
    path("questions/<slug:code>/", questions.question_detail, name="question_detail"),
    path("<slug:code>/", plans.plan_detail, name="plan_detail"),
]
