from django.contrib.auth import views as auth_views
from django.urls import path

from accounts.views import OwnPasswordView, SignInView, token_issue, token_list, token_revoke

app_name = "accounts"

urlpatterns = [
    path("login/", SignInView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("password/", OwnPasswordView.as_view(), name="password_change"),
    path("tokens/", token_list, name="token_list"),
    path("tokens/new/", token_issue, name="token_issue"),
    path("tokens/<int:pk>/revoke/", token_revoke, name="token_revoke"),
]
