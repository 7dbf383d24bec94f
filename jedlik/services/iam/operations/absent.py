"""What no account here can have: passwords, devices, certificates, other keys, profiles, providers.

Tools list them before they remove a user or a role, and for inventories. The answers are those of
an account that never had any; they cannot be created.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jedlik.services.iam import errors
from jedlik.services.iam.operations.call import Action, Answer, IdentityCall


def get_login_profile(call: IdentityCall) -> None:
    """GetLoginProfile, and DeleteLoginProfile: users have no passwords."""
    user = call.user_or_caller()
    raise errors.NoSuchEntity(f"Login Profile for User {user.name} cannot be found.")


def get_account_password_policy(call: IdentityCall) -> None:
    """GetAccountPasswordPolicy: none was set."""
    raise errors.NoSuchEntity(
        f"The Password Policy with domain name {call.account} cannot be found."
    )


def _none_of_user(member: str) -> Action:
    def empty(call: IdentityCall) -> Answer:
        if call.parameters.get("UserName"):
            call.user()
        return _empty(member)(call)

    return empty


def _empty(member: str) -> Callable[[IdentityCall], Answer]:
    return lambda _call: {member: [], "IsTruncated": False}


def _whole(member: str) -> Action:
    """A list that is not paged."""
    return lambda _call: {member: []}


ACTIONS: Final[dict[str, Action]] = {
    "DeleteLoginProfile": get_login_profile,
    "GetAccountPasswordPolicy": get_account_password_policy,
    "GetLoginProfile": get_login_profile,
    "ListAccountAliases": _empty("AccountAliases"),
    "ListInstanceProfiles": _empty("InstanceProfiles"),
    "ListMFADevices": _none_of_user("MFADevices"),
    "ListOpenIDConnectProviders": _whole("OpenIDConnectProviderList"),
    "ListSAMLProviders": _whole("SAMLProviderList"),
    "ListSSHPublicKeys": _none_of_user("SSHPublicKeys"),
    "ListServerCertificates": _empty("ServerCertificateMetadataList"),
    "ListServiceSpecificCredentials": _none_of_user("ServiceSpecificCredentials"),
    "ListSigningCertificates": _none_of_user("Certificates"),
    "ListVirtualMFADevices": _empty("VirtualMFADevices"),
}
