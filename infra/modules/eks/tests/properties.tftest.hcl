# `terraform init && terraform test`: needs no account, AWS is mocked.
mock_provider "aws" {
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name     = "shop"
  vpc_id   = "vpc-0123456789abcdef0"
  vpc_cidr = "10.20.0.0/16"
  subnet_ids_by_zone = {
    us-east-1a = "subnet-0123456789abcdef0"
    us-east-1b = "subnet-0123456789abcdef1"
  }
}

run "shared" {
  command = plan

  assert {
    condition     = jsonencode(output.node_groups) == jsonencode({ shared = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"] })
    error_message = "shared is one group over all zones."
  }

  assert {
    condition     = output.room_mib == 4686
    error_message = "Two t3.medium leave 4686 MiB; the README says so."
  }

  assert {
    condition     = local.node_rules["ingress_cluster_agents"].from_port == 9640 && local.node_rules["ingress_cluster_agents"].source_cluster_security_group
    error_message = "The control plane reaches the agents."
  }

  assert {
    condition     = [for name, rule in local.node_rules : name if rule.type == "egress"] == ["egress_https", "egress_vpc"]
    error_message = "Restricted egress is the default."
  }
}

run "per_zone" {
  command = plan

  variables {
    node_layout = "per-zone"
  }

  assert {
    condition     = jsonencode(output.node_groups) == jsonencode({ us-east-1a = ["subnet-0123456789abcdef0"], us-east-1b = ["subnet-0123456789abcdef1"] })
    error_message = "per-zone is a group in each zone."
  }

  assert {
    condition     = output.room_mib == 10172
    error_message = "node_count is for each group: two in each of two zones leave 10172 MiB; the README says so."
  }
}

run "one_node_a_zone" {
  command = plan

  variables {
    node_layout = "per-zone"
    node_count  = { min = 1, desired = 1, max = 2 }
  }

  assert {
    condition     = output.room_mib == 4686
    error_message = "One node in each of two zones leaves what two nodes leave."
  }
}

run "arm" {
  command = plan

  variables {
    node_instance_types = ["t4g.medium"]
  }

  assert {
    condition     = local.node_group.ami_type == "AL2023_ARM_64_STANDARD"
    error_message = "Arm nodes take the image for Arm."
  }
}

run "nodes_are_told_what_to_keep" {
  command = plan

  assert {
    condition = yamldecode(local.node_group.cloudinit_pre_nodeadm[0].content).spec.kubelet.config == {
      maxPods      = 40
      kubeReserved = { memory = "695Mi" }
    }
    error_message = "The room is computed from what each node is told to keep."
  }
}

run "unknown_family" {
  command = plan

  variables {
    node_instance_types = ["i4i.large"]
  }

  assert {
    condition     = output.room_mib == null
    error_message = "Nothing is made up about a family that is not known."
  }
}

run "open" {
  command = plan

  variables {
    egress = "open"
  }

  assert {
    condition     = keys(local.node_rules) == ["ingress_cluster_agents"]
    error_message = "Upstream's recommended rules do the rest."
  }
}

run "too_small" {
  command = plan

  variables {
    node_instance_types = ["t3.small"]
  }

  expect_failures = [var.workload_memory_mib]
}

run "everybody" {
  command = plan

  variables {
    endpoint_public_access       = true
    endpoint_public_access_cidrs = ["0.0.0.0/0"]
  }

  expect_failures = [var.endpoint_public_access_cidrs]
}

run "one_zone" {
  command = plan

  variables {
    subnet_ids_by_zone = { us-east-1a = "subnet-0123456789abcdef0" }
  }

  expect_failures = [var.subnet_ids_by_zone]
}
