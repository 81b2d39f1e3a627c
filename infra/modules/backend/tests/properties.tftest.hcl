# `terraform init && terraform test`: needs no account, AWS is mocked. Only plans: prevent_destroy would keep a mocked
# bucket from being cleaned up.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  bucket_name = "acme-tfstate-123456789012"
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "Old states are kept."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "States are encrypted."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "The bucket is never public."
  }

  assert {
    condition = (
      aws_dynamodb_table.locks[0].billing_mode == "PAY_PER_REQUEST" &&
      aws_dynamodb_table.locks[0].hash_key == "LockID" &&
      aws_dynamodb_table.locks[0].deletion_protection_enabled &&
      aws_dynamodb_table.locks[0].point_in_time_recovery[0].enabled
    )
    error_message = "The lock table costs by use, can be recovered, and is protected."
  }

  assert {
    condition     = length(aws_iam_role.github) == 0
    error_message = "Nobody is trusted unless a repository is named."
  }
}

run "own_key" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/state"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "aws:kms"
    error_message = "States are encrypted with the given key."
  }
}

run "github" {
  command = plan

  variables {
    github = { repository = "acme/shop" }
  }

  assert {
    condition     = keys(aws_iam_role.github) == ["apply", "plan"] && length(aws_iam_openid_connect_provider.github) == 1
    error_message = "A role to plan, a role to apply, and the trust in GitHub."
  }
}

run "lock_file_alone" {
  command = plan

  variables {
    lock            = "s3"
    keep_lock_table = false
  }

  assert {
    condition     = length(aws_dynamodb_table.locks) == 0
    error_message = "The table goes when nothing uses it."
  }
}

run "table_in_use" {
  command = plan

  variables {
    keep_lock_table = false
  }

  expect_failures = [var.keep_lock_table]
}
