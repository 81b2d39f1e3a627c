# `terraform init && terraform test`: needs no account, AWS is mocked.
mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["us-east-1a", "us-east-1b", "us-east-1c"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

variables {
  name   = "shop"
  region = "us-east-1"
  cidr   = "10.20.0.0/16"
  zones  = ["us-east-1a", "us-east-1b"]
}

run "two_zones" {
  command = plan

  assert {
    condition = output.address_plan == {
      us-east-1a = { private = "10.20.0.0/18", public = "10.20.192.0/22" }
      us-east-1b = { private = "10.20.64.0/18", public = "10.20.196.0/22" }
    }
    error_message = "The plan of addresses changed: every subnet of every user would be replaced."
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.interface) == 0
    error_message = "Only the free endpoint is there unless more are asked for."
  }

  assert {
    condition     = length(output.nat_public_ips) == 1
    error_message = "A single NAT gateway is the default."
  }
}

run "a_third_zone_moves_nobody" {
  command = plan

  variables {
    zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    nat   = "per-zone"
  }

  assert {
    condition = output.address_plan == {
      us-east-1a = { private = "10.20.0.0/18", public = "10.20.192.0/22" }
      us-east-1b = { private = "10.20.64.0/18", public = "10.20.196.0/22" }
      us-east-1c = { private = "10.20.128.0/18", public = "10.20.200.0/22" }
    }
    error_message = "A third zone took addresses of the others."
  }

  assert {
    condition     = length(output.nat_public_ips) == 3
    error_message = "per-zone means a NAT gateway in each zone."
  }
}

run "endpoints" {
  command = plan

  variables {
    interface_endpoints = true
  }

  assert {
    condition     = length(aws_vpc_endpoint.interface) == 10 && alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.private_dns_enabled])
    error_message = "Ten endpoints answer under AWS's own names."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.endpoints[0].cidr_ipv4 == "10.20.0.0/16"
    error_message = "Only the VPC reaches the endpoints."
  }
}

run "too_small" {
  command = plan

  variables {
    cidr = "10.20.0.0/21"
  }

  expect_failures = [var.cidr]
}

run "overlap" {
  command = plan

  variables {
    reserved_cidrs = ["10.20.128.0/24"]
  }

  expect_failures = [var.cidr]
}

run "foreign_zone" {
  command = plan

  variables {
    zones = ["us-east-1a", "eu-west-1b"]
  }

  expect_failures = [var.zones]
}

run "closed_zone" {
  command = plan

  variables {
    zones = ["us-east-1a", "us-east-1f"]
  }

  expect_failures = [data.aws_availability_zones.open]
}
