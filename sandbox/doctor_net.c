/* The doctor's probes of the network. Each probe uses a network namespace of its own. */
#include "sandbox/doctor_probes.h"
#include "sandbox/link.h"

#include "base/address.h"
#include "base/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/netem.h>
#include <netlink/route/qdisc/tbf.h>
#include <netlink/route/tc.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define DOWN_IFINDEX (UP_IFINDEX + 1)
#define DELAY_US 1000
#define RATE_BYTES 125000
#define BURST_BYTES 10000

/*
 * Writes how to get a missing kernel module. If the kernel loads no modules, that needs another
 * kernel.
 */
static void mend_module(struct doctor_finding *finding, const char *module, const char *config)
{
	if (access("/proc/modules", F_OK) == 0)
		snprintf(finding->mend, sizeof(finding->mend), "modprobe %s", module);
	else
		snprintf(finding->mend, sizeof(finding->mend),
			 "a kernel with %s (this one takes no modules)", config);
}

/*
 * Makes a pair of veth interfaces by the code that links nodes. Both ends are in the probe's own
 * network namespace. Returns NULL on failure.
 */
static struct nl_sock *make_pair(struct err *err)
{
	struct link_end up = {.ifindex = UP_IFINDEX};
	struct link_end down = {.pid = getpid(), .ifindex = DOWN_IFINDEX};
	struct nl_sock *netlink;

	inet_pton(AF_INET, "10.0.0.0", &down.addr);
	inet_pton(AF_INET, "10.0.0.1", &up.addr);
	if (doctor_unshare(CLONE_NEWNET, err) < 0)
		return NULL;
	netlink = link_open(-1, -1, err);
	if (!netlink)
		return NULL;
	up.netlink = down.netlink = netlink;
	if (link_create(1, &down, &up, err) == 0)
		return netlink;
	link_close(netlink);
	return NULL;
}

void doctor_veth(struct doctor_finding *finding)
{
	struct err err;
	struct nl_sock *netlink = make_pair(&err);

	if (netlink) {
		doctor_ok(finding, "made a pair, addressed and up");
		link_close(netlink);
		return;
	}
	doctor_lack(finding, "", "%s", err.text);
	mend_module(finding, "veth", "CONFIG_VETH");
}

static void be_netem(struct rtnl_qdisc *qdisc)
{
	rtnl_netem_set_delay(qdisc, DELAY_US);
}

static void be_tbf(struct rtnl_qdisc *qdisc)
{
	rtnl_qdisc_tbf_set_rate(qdisc, RATE_BYTES, BURST_BYTES, 0);
	rtnl_qdisc_tbf_set_limit(qdisc, BURST_BYTES);
}

static int add_qdisc(struct nl_sock *netlink, const char *kind, void (*be)(struct rtnl_qdisc *))
{
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();
	int r = -NLE_NOMEM;

	if (qdisc) {
		rtnl_tc_set_ifindex(TC_CAST(qdisc), DOWN_IFINDEX);
		rtnl_tc_set_parent(TC_CAST(qdisc), TC_H_ROOT);
		r = rtnl_tc_set_kind(TC_CAST(qdisc), kind);
	}
	if (r == 0) {
		be(qdisc);
		r = rtnl_qdisc_add(netlink, qdisc, NLM_F_CREATE);
	}
	rtnl_qdisc_put(qdisc);
	return r;
}

static void try_qdisc(struct doctor_finding *finding, const char *kind,
		      void (*be)(struct rtnl_qdisc *), const char *module, const char *config)
{
	struct err err;
	struct nl_sock *netlink = make_pair(&err);
	int r = netlink ? add_qdisc(netlink, kind, be) : 0;

	if (netlink && r == 0) {
		doctor_ok(finding, "put one onto a veth");
	} else {
		doctor_lack(finding, "", "%s%s", netlink ? "put one onto a veth: " : "",
			    netlink ? nl_geterror(r) : err.text);
		mend_module(finding, module, config);
	}
	link_close(netlink);
}

void doctor_netem(struct doctor_finding *finding)
{
	try_qdisc(finding, "netem", be_netem, "sch_netem", "CONFIG_NET_SCH_NETEM");
}

void doctor_tbf(struct doctor_finding *finding)
{
	try_qdisc(finding, "tbf", be_tbf, "sch_tbf", "CONFIG_NET_SCH_TBF");
}
