from django.urls import URLPattern, path

from plans.views import plans, questions

app_name = "plans"

urlpatterns: list[URLPattern] = [
    path("", plans.plan_list, name="plan_list"),
    path("questions/", questions.question_list, name="question_list"),
    path("questions/<slug:code>/", questions.question_detail, name="question_detail"),
    path("<slug:code>/", plans.plan_detail, name="plan_detail"),
]
