"""
What a channel earns: policies, schemes, lines, settlements, statements.

A *policy* (酬金政策) is proposed by a branch or the province, approved by marketing and by finance,
configured, verified on test cases, and only then effective. It has *plans*, each for some outlets;
a plan has *rules*. A rule is a scheme with its terms, for whom and when. A month is computed by all
rules in one go, into lines; each line names its fact, its base, its rate and its rule, and amounts
to base × rate × coefficient, rounded once.

Invariants: what was effective is never changed, a new version follows it; at any moment at most one
version of a policy is effective; nothing becomes effective for a month that was settled; nobody
decides on what is their own. A line is never changed; the reversal of a fact makes the exact
negative of its lines, whatever the rules are today; the same inputs make the same lines on every
engine.

TM Forum: PartnershipAgreement and commissioning (TMF668, TMF737), SettlementNoteAdvice.
"""
