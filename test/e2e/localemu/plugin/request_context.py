"""Tells LocalEmu's IAM what a request is about where it does not look itself, so that it can judge by the deployed
policies as they are: the condition keys that they name, and the resources of some requests to DynamoDB."""

import re

from localemu.runtime import hooks


@hooks.on_infra_start()
def complete_requests():
    from localemu.services.iam_enforcement import enforcer

    conditions_of = enforcer._build_conditions
    resource_of = enforcer.build_resource_arn

    def conditions(context, caller):
        request = context.service_request or {}
        return conditions_of(context, caller) | keys_of(context, request)

    def resource(service, request_params=None, **rest):
        request = request_params or {}
        if service == "dynamodb":
            request = request | {"TableName": tables_in(request)}
        return resource_of(service=service, request_params=request, **rest)

    enforcer._build_conditions = conditions
    enforcer.build_resource_arn = resource


def keys_of(context, request):
    match context.service.service_name:
        case "cloudwatch" if "Namespace" in request:
            return {"cloudwatch:namespace": request["Namespace"]}
        case "dynamodb":
            return {"dynamodb:LeadingKeys": partition_keys_in(request)}
        case "s3":
            # ARNs of buckets have no account, and there is only one.
            return {"aws:ResourceAccount": context.account_id}
    return {}


def tables_in(request):
    """The table or index that a request names. A batch over several tables would be none that a policy names."""
    table = request.get("TableName") or ",".join(request.get("RequestItems", {})) or "*"
    return f"{table}/index/{request['IndexName']}" if "IndexName" in request else table


def partition_keys_in(request):
    """Values of `pk`, the partition key of the warmer's table."""
    items = [request[part] for part in ("Key", "Item") if part in request]
    for batch in request.get("RequestItems", {}).values():
        if isinstance(batch, dict):
            items += batch["Keys"]
        else:
            items += [(write.get("PutRequest") or {}).get("Item") or write["DeleteRequest"]["Key"] for write in batch]
    if queried := re.search(r"\bpk = (:\w+)", request.get("KeyConditionExpression", "")):
        items.append({"pk": request["ExpressionAttributeValues"][queried[1]]})
    return [item["pk"]["S"] for item in items]
