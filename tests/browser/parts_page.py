"""A page with every part that scans, photographs, signs, counts down and maps; for tests only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from qudao.fronts.design.fields import CodeField, CodesField, PictureField, SignatureField
from qudao.site.urls import urlpatterns as product

PAGE = """{% extends "design/base.html" %}{% load static design parts %}
{% block title %}Parts{% endblock %}
{% block body %}<main class="q-main" id="main"><div class="q-inner q-stack"><h1>Parts</h1>
<p id="said">{{ said }}</p>
{% wizard 2 steps %}
<p>{% countdown until now "Number held" "The number is free again" %}
{% numbered "13812348888" marked %}
{% grade "一级" 1 %} {% grade "三级" 3 %} {% grade "普通" 5 %}</p>
<form class="q-card q-card-pad q-form" method="post" enctype="multipart/form-data" novalidate>
{% scan_one form.sim %}{% scanner form.codes expected %}
<div class="q-pictures">{% picture form.front "card" %}{% picture form.face "face" True %}</div>
{% pills form.grade %}<div class="q-row-s">{% pill form.no4 %}</div>
{% signature form.drawn form.typed form.consent %}
<button class="q-btn q-btn-primary" type="submit" id="send">Send</button></form>
<section class="q-card q-card-pad">
{% region_map "stock-map" "Stock by branch" regions points "count" "Pieces" %}</section>
</div></main>{% include "design/camera.html" %}{% endblock %}
{% block scripts %}<script src="{% static 'vendor/echarts-6.1.0/echarts.min.js' %}"></script>
{% for name in scripts %}<script src="/static/design/js/{{ name }}.js"></script>{% endfor %}
{{ block.super }}{% endblock %}
"""


class PartsForm(forms.Form):
    sim = CodeField(label="ICCID of the SIM")
    codes = CodesField(label="Cards received", most=5)
    front = PictureField(label="Front of the document")
    face = PictureField(label="Customer", required=False)
    grade = forms.ChoiceField(
        label="Grade",
        choices=[("", "All"), ("1", "First"), ("2", "Second")],
        widget=forms.RadioSelect,
        required=False,
    )
    no4 = forms.BooleanField(label="Without 4", required=False)
    drawn = SignatureField(label="Signature", required=False)
    typed = forms.CharField(label="Name", required=False)
    consent = forms.BooleanField(label="I sign by typing my name", required=False)


@csrf_exempt
def parts(request: HttpRequest) -> HttpResponse:
    form = PartsForm(request.POST or None, request.FILES or None)
    said = ""
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        said = (
            f"sim={values['sim']} codes={','.join(values['codes'])} "
            f"front={len(values['front'] or b'')} signature={len(values['drawn'])}"
        )
    now = datetime.now(UTC)
    context: dict[str, Any] = {
        "form": form,
        "said": said,
        "now": now,
        "until": now + timedelta(seconds=int(request.GET.get("left", "1500"))),
        "steps": [("Number", "/"), ("Plan", ""), ("Customer", ""), ("Contract", "")],
        "marked": {7, 8, 9, 10},
        "expected": ["89860012345678901234", "A1", "A2"],
        "scripts": ["camera", "scanner", "picture", "signature", "countdown", "map"],
        "regions": [
            {"code": "4101", "name": "郑州市", "value": 9_200, "url": "/?branch=4101"},
            {"code": "4103", "name": "洛阳市", "value": 4_100},
            {"code": "4190", "name": "济源市", "value": 800},
        ],
        "points": [
            {"name": "中原区", "longitude": "113.61", "latitude": "34.75", "value": 120},
            {"name": "巩义市", "longitude": "113.02", "latitude": "34.75", "value": 60},
        ],
    }
    template = engines["django"].from_string(PAGE)
    return HttpResponse(template.render(context, request))


urlpatterns = [path("parts/", parts), path("", include(product))]
