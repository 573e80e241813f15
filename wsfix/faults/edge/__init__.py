"""Faults of what stands before the host: a CDN, a load balancer, an application firewall, a platform's router."""
