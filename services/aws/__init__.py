"""AWS: who we are there, hosted zones and records of Route 53, the IAM policies, and its errors by name.

    session     clients of boto3, for the engineer's identity and for certbot's
    errors      botocore's exceptions as findings
    codes       AWS's error codes and texts as findings (pure; certbot prints the same)
    identity    STS: whose keys these are
    zones       which hosted zone a name belongs to (pure)
    records     what stands at a name, and what has to change (pure)
    route53     reading and changing it
    policies    the policy of the guide, and the narrower one (pure)
    iam_state   what IAM holds for certbot, and what is to be done to it (pure)
    iam         reading and changing that
    profiles    the AWS profile that may keep certbot's key
    certbot_identity    all of that together, and its proof by an attempt that changes nothing

All is light until a client is made: boto3 is imported then.
"""
