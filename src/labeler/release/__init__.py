"""What a stage was given and when: releases, the way back, and the runs that forbid a new one."""
