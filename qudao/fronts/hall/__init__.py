"""
The web hall and the mobile hall: the operator's pages for its customers.

One set of pages, two fronts: `/hall/` for any browser, `/m/` for telephones, where it can be
installed. Each page turns a form into a `Message` and a `Screen` into a page; no rule of business
is here. Customers have no account: `visitor` keeps who they have proved to be, apart from the
sessions of the operator's people.
"""
