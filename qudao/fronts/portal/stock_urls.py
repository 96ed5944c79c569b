"""Addresses of the pages about goods, below `stock/`."""

from django.urls import path

from qudao.fronts.portal.views import counts, receiving, requisitions, stock

urlpatterns = [
    path("", stock.stock, name="stock"),
    path("live/", stock.stock_live, name="stock_live"),
    path("file/<slug:kind>/", stock.stock_file, name="stock_file"),
    path("find/", stock.find, name="stock_find"),
    path("expiring/", stock.expiring, name="stock_expiring"),
    path("items/<str:item>/", stock.item, name="stock_item"),
    path("items/<str:item>/file/<slug:kind>/", stock.item_file, name="stock_item_file"),
    path("items/<str:item>/warning/", stock.threshold, name="stock_threshold"),
    path("pieces/<slug:kind>/<str:serial>/", stock.unit, name="stock_unit"),
    path("pieces/<slug:kind>/<str:serial>/<slug:what>/", stock.unit_mark, name="stock_unit_mark"),
    path("moves/", stock.moves, name="stock_moves"),
    path("moves/file/<slug:kind>/", stock.moves_file, name="stock_moves_file"),
    path("moves/<uuid:move>/", stock.move, name="stock_move"),
    path("requests/", requisitions.requisitions, name="requisitions"),
    path("requests/file/<slug:kind>/", requisitions.requisitions_file, name="requisitions_file"),
    path("requests/new/", requisitions.new, name="requisition_new"),
    path("requests/new/check/", requisitions.check, name="requisition_check"),
    path("requests/new/send/", requisitions.place, name="requisition_place"),
    path("requests/reorder/", requisitions.reorder, name="reorder"),
    path("requests/<uuid:requisition>/", requisitions.requisition, name="requisition"),
    path("requests/<uuid:requisition>/cancel/", requisitions.cancel, name="requisition_cancel"),
    path("requests/<uuid:requisition>/receive/", receiving.receive, name="receive"),
    path("requests/<uuid:requisition>/receive/do/", receiving.receive_do, name="receive_do"),
    path("requests/<uuid:requisition>/receive/all/", receiving.receive_all, name="receive_all"),
    path("returns/", receiving.returns, name="returns"),
    path("returns/new/", receiving.return_new, name="return_new"),
    path("returns/exchange/", receiving.exchange_new, name="exchange_new"),
    path("returns/transfer/", receiving.transfer_new, name="transfer_new"),
    path("counts/", counts.counts, name="counts"),
    path("counts/new/", counts.new, name="count_new"),
    path("counts/<uuid:count>/", counts.count, name="count"),
    path("counts/<uuid:count>/save/", counts.save, name="count_save"),
    path("counts/<uuid:count>/close/", counts.close, name="count_close"),
    path("counts/<uuid:count>/cancel/", counts.cancel, name="count_cancel"),
    path("counts/<uuid:count>/file/<slug:kind>/", counts.count_file, name="count_file"),
]
