"""Spellings of one mailbox and names of roles, on either engine, with the seeds that ship."""

from __future__ import annotations

from pathlib import Path

from tests.python.behaviour_project import BehaviourProject

CANONICAL = {
    # dots and tags make no difference at Gmail, nor its older name
    "jane.doe@gmail.com": "janedoe@gmail.com",
    "j.a.n.e.doe+shop@googlemail.com": "janedoe@gmail.com",
    "janedoe+a+b@gmail.com": "janedoe@gmail.com",
    # elsewhere only the tag does
    "jane.doe+shop@outlook.com": "jane.doe@outlook.com",
    "jane.doe@hotmail.com": "jane.doe@hotmail.com",
    "jane+x@me.com": "jane@icloud.com",
    "jane+x@protonmail.com": "jane@proton.me",
    # a provider without a rule, and domains that only contain one with a rule
    "jane.doe+shop@shop.cn": "jane.doe+shop@shop.cn",
    "jane.doe+x@mail.gmail.com": "jane.doe+x@mail.gmail.com",
    "jane.doe+x@notgmail.com": "jane.doe+x@notgmail.com",
    # nothing would be left
    "+shop@gmail.com": "+shop@gmail.com",
}
ROLES = {
    "info@acme.com": True, "info+web@acme.com": True, "kundenservice@acme.de": True, "kefu@acme.cn": True,
    "infodora@acme.com": False, "dora.info@acme.com": False, "jane@info.com": False,
}  # fmt: skip


def test_addresses_are_read_as_their_provider_does(tmp_path: Path) -> None:
    """The canonical form and the role of each address."""
    project = BehaviourProject(tmp_path, [], "mailbox_test", ["identity", "cross_db", "governance"])
    project.copy_seed("identity_mailbox_rules")
    project.copy_seed("identity_role_addresses")
    project.seed("addresses", {"email": "string"}, [(email,) for email in [*CANONICAL, *ROLES]])
    project.view(
        "judged",
        """select email, {{ canonical_email('email') }} as canonical, role_addresses.local_part is not null as is_role
        from {{ ref('addresses') }} {{ mailbox_rules_join('email', ref('identity_mailbox_rules')) }}
        left join {{ ref('identity_role_addresses') }} as role_addresses
            on {{ mailbox_name('email') }} = role_addresses.local_part""",
    )
    project.build()
    judged = {email: (canonical, is_role) for email, canonical, is_role in project.fetch(f"select * from {project.schema}.judged")}
    assert {email: judged[email][0] for email in CANONICAL} == CANONICAL
    assert {email: judged[email][1] for email in ROLES} == ROLES
