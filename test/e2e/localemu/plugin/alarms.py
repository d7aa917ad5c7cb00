"""Lets LocalEmu look at an alarm every few seconds. It would do so once in all the periods that the alarm evaluates:
every five minutes at one of five minutes, where AWS looks every minute."""

from localemu.runtime import hooks

LOOKS_EVERY_S = 15


@hooks.on_infra_start()
def look_often():
    from localemu.services.cloudwatch import alarm_scheduler

    class OftenLooking(alarm_scheduler.Scheduler):
        def schedule(self, func, **how):
            return super().schedule(func, **how | {"period": LOOKS_EVERY_S, "fixed_rate": False})

    alarm_scheduler.Scheduler = OftenLooking
