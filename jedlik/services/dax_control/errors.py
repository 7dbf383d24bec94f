"""The errors of DAX's control API, as in its model (`dax/2017-04-19`)."""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class ControlError(ServiceError):
    """An error of the control API: its type on the wire has no namespace."""

    @classmethod
    def wire_type(cls) -> str:
        return cls.code()


class ClusterAlreadyExistsFault(ControlError):
    """A cluster with that name exists already."""


class ClusterNotFoundFault(ControlError):
    """No cluster has that name."""


class ClusterQuotaForCustomerExceededFault(ControlError):
    """The quota of clusters is reached."""


class InsufficientClusterCapacityFault(ControlError):
    """This server runs no clusters."""


class InvalidARNFault(ControlError):
    """Not the ARN of a cluster."""


class InvalidClusterStateFault(ControlError):
    """The cluster's state does not allow the operation."""


class InvalidParameterCombinationException(ControlError):
    """Parameters exclude each other."""


class InvalidParameterGroupStateFault(ControlError):
    """The parameter group is in use or cannot be changed."""


class InvalidParameterValueException(ControlError):
    """A parameter has an invalid value."""


class InvalidSubnet(ControlError):
    """Not a subnet."""


class NodeNotFoundFault(ControlError):
    """No node of the cluster has that name."""


class NodeQuotaForClusterExceededFault(ControlError):
    """A cluster cannot have so many nodes."""


class ParameterGroupAlreadyExistsFault(ControlError):
    """A parameter group with that name exists already."""


class ParameterGroupNotFoundFault(ControlError):
    """No parameter group has that name."""


class ParameterGroupQuotaExceededFault(ControlError):
    """The quota of parameter groups is reached."""


class SubnetGroupAlreadyExistsFault(ControlError):
    """A subnet group with that name exists already."""


class SubnetGroupInUseFault(ControlError):
    """A cluster uses the subnet group."""


class SubnetGroupNotFoundFault(ControlError):
    """No subnet group has that name."""


class SubnetGroupQuotaExceededFault(ControlError):
    """The quota of subnet groups is reached."""


class TagNotFoundFault(ControlError):
    """No tag of the cluster has that key."""


class TagQuotaPerResourceExceeded(ControlError):
    """A cluster cannot have so many tags."""


class ControlFault(ControlError):
    """An internal error."""

    status = 500

    @classmethod
    def code(cls) -> str:
        return "InternalFailure"
