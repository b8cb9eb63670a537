/* interrupt -- Ctrl-C: the first ends the run at hand, the second ends qbench.
 *
 * No SA_RESTART, so that a wait for the reader of a FIFO ends too.  The measuring child dies with
 * its parent. */
#include "cmd/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/terminal.h"

volatile int qb_interrupt_seen;

static void on_signal(int number)
{
	(void)number;
	if (qb_interrupt_seen) {
		qb_terminal_erase();
		_exit(QB_EXIT_INTERRUPTED);
	}
	qb_interrupt_seen = 1;
}

void qb_interrupt_open(void)
{
	struct sigaction action = { .sa_handler = on_signal }, hangup;

	sigemptyset(&action.sa_mask);
	/* Also where a shell script started us in the background with SIGINT ignored: whoever sends
	 * it means it. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN) /* nohup */
		sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}
