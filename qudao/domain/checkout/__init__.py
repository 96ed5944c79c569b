"""
Customers' payments: what a customer pays at a hall, by whatever means, for one sale.

TM Forum: Payment (TMF676), PaymentMethod (TMF670). Nobody's money is taken for what is not sold:
an amount is authorised, the sale is made, then the amount is captured; what the BOSS refuses
afterwards is refunded. Each step is asked for under the payment's own id, at most once; silence is
*unknown* and is settled by asking.

Invariants: what is captured was sold; what was sold and did not come to pass is given back; a
payment that is not over has a moment at which somebody looks at it again.
"""
