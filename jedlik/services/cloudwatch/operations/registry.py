"""The implemented operations, by name."""

from __future__ import annotations

from typing import Final

from jedlik.services.cloudwatch.monitoring import Operation
from jedlik.services.cloudwatch.operations import alarms, insights, tags
from jedlik.services.cloudwatch.operations.get_metric_data import get_metric_data
from jedlik.services.cloudwatch.operations.get_metric_statistics import get_metric_statistics
from jedlik.services.cloudwatch.operations.get_metric_widget_image import (
    get_metric_widget_image,
)
from jedlik.services.cloudwatch.operations.list_metrics import list_metrics
from jedlik.services.cloudwatch.operations.put_metric_alarm import put_metric_alarm
from jedlik.services.cloudwatch.operations.put_metric_data import put_metric_data

OPERATIONS: Final[dict[str, Operation]] = {
    "DeleteAlarms": alarms.delete_alarms,
    "DescribeAlarmHistory": alarms.describe_alarm_history,
    "DescribeAlarms": alarms.describe_alarms,
    "DescribeAlarmsForMetric": alarms.describe_alarms_for_metric,
    "DescribeInsightRules": insights.describe_insight_rules,
    "DisableAlarmActions": alarms.disable_alarm_actions,
    "EnableAlarmActions": alarms.enable_alarm_actions,
    "GetInsightRuleReport": insights.get_insight_rule_report,
    "GetMetricData": get_metric_data,
    "GetMetricStatistics": get_metric_statistics,
    "GetMetricWidgetImage": get_metric_widget_image,
    "ListMetrics": list_metrics,
    "ListTagsForResource": tags.list_tags_for_resource,
    "PutMetricAlarm": put_metric_alarm,
    "PutMetricData": put_metric_data,
    "SetAlarmState": alarms.set_alarm_state,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
}
