"""The errors of DAX's control API, as in its model (`dax/2017-04-19`)."""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class ControlError(ServiceError):
    """An error of the control API: its type has no namespace on the wire."""

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class ClusterAlreadyExistsFault(ControlError):
    """There is a cluster of that name."""


class ClusterNotFoundFault(ControlError):
    """There is no cluster of that name."""


class ClusterQuotaForCustomerExceededFault(ControlError):
    """There are as many clusters as there may be."""


class InsufficientClusterCapacityFault(ControlError):
    """This server runs no clusters."""


class InvalidARNFault(ControlError):
    """Something is no ARN of a cluster."""


class InvalidClusterStateFault(ControlError):
    """The cluster's state does not allow it."""


class InvalidParameterCombinationException(ControlError):
    """Parameters do not go together."""


class InvalidParameterGroupStateFault(ControlError):
    """The parameter group is in use, or is one that does not change."""


class InvalidParameterValueException(ControlError):
    """A parameter has a value that it cannot have."""


class InvalidSubnet(ControlError):
    """Something is no subnet."""


class NodeNotFoundFault(ControlError):
    """The cluster has no node of that name."""


class NodeQuotaForClusterExceededFault(ControlError):
    """A cluster cannot have so many nodes."""


class ParameterGroupAlreadyExistsFault(ControlError):
    """There is a parameter group of that name."""


class ParameterGroupNotFoundFault(ControlError):
    """There is no parameter group of that name."""


class ParameterGroupQuotaExceededFault(ControlError):
    """There are as many parameter groups as there may be."""


class SubnetGroupAlreadyExistsFault(ControlError):
    """There is a subnet group of that name."""


class SubnetGroupInUseFault(ControlError):
    """A cluster is in the subnet group."""


class SubnetGroupNotFoundFault(ControlError):
    """There is no subnet group of that name."""


class SubnetGroupQuotaExceededFault(ControlError):
    """There are as many subnet groups as there may be."""


class TagNotFoundFault(ControlError):
    """The cluster has no tag of that key."""


class TagQuotaPerResourceExceeded(ControlError):
    """A cluster cannot have so many tags."""


class ControlFault(ControlError):
    """Something went wrong inside."""

    status = 500

    @classmethod
    def code(cls) -> str:
        return "InternalFailure"
