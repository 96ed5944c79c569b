"""Addresses of this front."""

from django.urls import include, path

from qudao.fronts.portal import stock_urls
from qudao.fronts.portal.views import account, clerks, home, orders, reports, sell, wallet

app_name = "portal"

urlpatterns = [
    path("", home.home, name="home"),
    path("live/", home.home_live, name="home_live"),
    path("more/", home.more, name="more"),
    path("sell/", sell.start, name="sell_start"),
    path("sell/<slug:business>/", sell.number, name="sell"),
    path("sell/<slug:business>/customer/", sell.customer, name="sell_customer"),
    path("sell/<slug:business>/confirm/", sell.confirm, name="sell_confirm"),
    path("sell/<slug:business>/place/", sell.place, name="sell_place"),
    path("orders/", orders.orders, name="orders"),
    path("orders/file/<slug:kind>/", orders.orders_file, name="orders_file"),
    path("orders/<uuid:order>/", orders.order, name="order"),
    path("orders/<uuid:order>/live/", orders.order_live, name="order_live"),
    path("orders/<uuid:order>/reverse/", orders.order_reverse, name="order_reverse"),
    path("orders/<uuid:order>/print/", orders.receipt_print, name="receipt_print"),
    path("orders/<uuid:order>/receipt/", orders.receipt, name="receipt"),
    path("orders/<uuid:order>/receipt.pdf", orders.receipt_pdf, name="receipt_pdf"),
    path("wallet/", wallet.wallet, name="wallet"),
    path("wallet/file/<slug:kind>/", wallet.statement_file, name="statement_file"),
    path("wallet/pay-ins/", wallet.pay_ins, name="pay_ins"),
    path("wallet/pay-ins/<uuid:payment>/print/", wallet.pay_in_print, name="pay_in_print"),
    path("wallet/pay-ins/<uuid:payment>/receipt/", wallet.pay_in_receipt, name="pay_in_receipt"),
    path("wallet/pay-ins/<uuid:payment>/receipt.pdf", wallet.pay_in_pdf, name="pay_in_pdf"),
    path("wallet/closings/", wallet.closings, name="closings"),
    path("wallet/closings/file/<slug:kind>/", wallet.closings_file, name="closings_file"),
    path("wallet/warning/", wallet.low_balance, name="low_balance"),
    path("stock/", include(stock_urls.urlpatterns)),
    path("reports/", reports.day, name="report_day"),
    path("reports/month/", reports.month, name="report_month"),
    path("reports/file/<slug:span>/<slug:kind>/", reports.report_file, name="report_file"),
    path("clerks/", clerks.clerks, name="clerks"),
    path("clerks/new/", clerks.admit, name="clerk_new"),
    path("clerks/<uuid:membership>/suspend/", clerks.suspend, name="clerk_suspend"),
    path("clerks/<uuid:membership>/resume/", clerks.resume, name="clerk_resume"),
    path("clerks/<uuid:membership>/password/", clerks.reset_password, name="clerk_password"),
    path("account/", account.account, name="account"),
]
